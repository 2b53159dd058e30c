import type { Episode } from '../episodes.js';
import type { CauseRule, DiagnosisContext, NamedCause, Observation, Suspicion } from './cause-rule.js';
import {
  enginePauses,
  isOneThreadBusy,
  recurrenceOf,
  type EnginePause,
  type Recurrence,
} from './engine-pauses.js';
import { windowOf } from './episode-window.js';
import { engineStoodStill, isStolenFrom } from './host-shortage.js';
import { pctText } from './throttling.js';

/** One reason for which an engine's process stands still. */
export interface PauseReason {
  readonly cause: NamedCause;
  /** What tells it from the others: how the run's pauses recur. */
  readonly observe: (recurrence: Recurrence, episode: Episode) => readonly Observation[];
  /** After `; `. */
  readonly describe: (recurrence: Recurrence) => string;
}

/** Judges episodes by the pauses in them, and by how pauses recur over the run. */
export function judgePauses({ cause, observe, describe }: PauseReason): CauseRule['judge'] {
  return (episode, context) => {
    const suspicion = pauseSuspicion(cause, episode, context);
    if (suspicion === undefined) return [];
    const recurrence = recurrenceOf(context);
    return [
      {
        ...suspicion,
        observations: [...suspicion.observations, ...observe(recurrence, episode)],
        evidence: `${suspicion.evidence}; ${describe(recurrence)}`,
      },
    ];
  };
}

/**
 * What the pauses of an engine's process say of an episode, whatever they were for: how much of the delay they were, whether GPUs idled, and whether one thread was busy
 * with it. `undefined` where there was none, and
 * where the hypervisor had taken the CPU.
 */
function pauseSuspicion(
  cause: NamedCause,
  episode: Episode,
  context: DiagnosisContext,
): Suspicion | undefined {
  const { fromNs, toNs, excessNs } = windowOf(episode);
  const pauses = enginePauses(context).filter((pause) => pause.toNs > fromNs && pause.fromNs < toNs);
  const longest = pauses.toSorted((a, b) => lengthNs(b) - lengthNs(a))[0];
  const host = context.telemetry.hosts.find(({ sourceId }) => sourceId === longest?.agentId);
  if (longest === undefined || (host !== undefined && isStolenFrom(host, longest))) return undefined;
  const pausedNs = pauses.reduce(
    (sum, pause) => sum + Math.min(toNs, pause.toNs) - Math.max(fromNs, pause.fromNs),
    0,
  );
  const pausedRatio = pausedNs / excessNs;
  const observations = [
    ...engineStoodStill(episode),
    pausedObservation(pausedRatio),
    idleObservation(pauses),
    threadObservation(longest),
  ];
  return {
    cause,
    sourceId: longest.agentId,
    tier: 'B',
    explainedRatio: Math.min(1, pausedRatio),
    observations,
    coverageRatio: 1,
    evidence: evidenceOf(pauses, longest),
  };
}

function lengthNs({ fromNs, toNs }: Pick<EnginePause, 'fromNs' | 'toNs'>): number {
  return toNs - fromNs;
}

function pausedObservation(value: number): Observation {
  return {
    name: 'paused_over_excess',
    value,
    logLikelihoodRatio: value >= 0.5 ? 1.5 : value < 0.2 ? -5 : 0,
  };
}

function idleObservation(pauses: readonly EnginePause[]): Observation {
  const known = pauses.filter(({ idleNs }) => idleNs !== undefined);
  const pausedNs = known.reduce((sum, pause) => sum + lengthNs(pause), 0);
  const idleNs = known.reduce((sum, pause) => sum + (pause.idleNs ?? 0), 0);
  return {
    name: 'gpu_idle_ratio',
    value: known.length === 0 ? NaN : idleNs / pausedNs,
    logLikelihoodRatio: known.length === 0 ? 0 : 1.5,
  };
}

function threadObservation(pause: EnginePause): Observation {
  const isBusy = isOneThreadBusy(pause);
  return {
    name: 'busiest_process_cores',
    value: pause.busyCores ?? NaN,
    logLikelihoodRatio: isBusy === undefined ? 0 : isBusy ? 1.5 : -2,
  };
}

function evidenceOf(pauses: readonly EnginePause[], longest: EnginePause): string {
  const ms = `${Math.round(lengthNs(longest) / 1e6)} ms`;
  const [what, its] =
    pauses.length === 1
      ? [`the engine stood still for ${ms}`, '']
      : [`the engine stood still ${pauses.length} times, for up to ${ms}`, ' in the longest'];
  const idle =
    longest.idleNs === undefined
      ? ''
      : `, its GPUs idle${its} ${pctText(Math.min(1, longest.idleNs / lengthNs(longest)))} of the time`;
  const thread =
    isOneThreadBusy(longest) === true
      ? `, process ${longest.busyPid} at ${pctText(longest.busyCores ?? 0)} of a core`
      : '';
  return `${what}${idle}${thread}`;
}
