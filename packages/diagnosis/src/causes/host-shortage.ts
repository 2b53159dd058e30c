import type { Episode } from '../episodes.js';
import type { MetricSource } from '../telemetry/telemetry.js';
import type { DiagnosisContext, Observation } from './cause-rule.js';
import { enginePauses } from './engine-pauses.js';
import { windowOf } from './episode-window.js';
import { lostWorkByHost } from './gpu-work.js';
import { stealShare } from './host-load.js';
import { engineScopeOf, neverGenerated } from './observations.js';
import { pctText } from './throttling.js';

/** How long an episode's host kept all of its GPUs idle, over its delay; `undefined` where no sensor tells. */
export function idleOverExcess(
  episode: Episode,
  context: DiagnosisContext,
  agentId: string,
): number | undefined {
  const { fromNs, toNs, excessNs } = windowOf(episode);
  const idle = lostWorkByHost(context.telemetry.gpus, fromNs, toNs).find((lost) => lost.agentId === agentId);
  return idle === undefined ? undefined : idle.lostNs / excessNs;
}

/** What of a delay lies between steps, outside of pauses of the whole engine: as a host that is short of something spreads it over all of them. */
export interface BetweenSteps {
  /** As `idleOverExcess`. */
  readonly idleRatio: number | undefined;
  /** All that was no pause, over the delay. */
  readonly restRatio: number;
}

export function betweenSteps(episode: Episode, context: DiagnosisContext, agentId: string): BetweenSteps {
  const { fromNs, toNs, excessNs } = windowOf(episode);
  const pauses = enginePauses(context).filter((pause) => pause.toNs > fromNs && pause.fromNs < toNs);
  const pausedNs = pauses.reduce(
    (sum, pause) => sum + Math.min(toNs, pause.toNs) - Math.max(fromNs, pause.fromNs),
    0,
  );
  const idleRatio = idleOverExcess(episode, context, agentId);
  const idleInPausesNs = pauses.reduce((sum, pause) => sum + (pause.idleNs ?? 0), 0);
  return {
    idleRatio: idleRatio === undefined ? undefined : Math.max(0, idleRatio - idleInPausesNs / excessNs),
    restRatio: Math.max(0, 1 - pausedNs / excessNs),
  };
}

/** GPUs that worked all the while waited for no host. */
export function idleObservation(idleRatio: number | undefined): Observation {
  return {
    name: 'gpu_idle_over_excess',
    value: idleRatio ?? NaN,
    logLikelihoodRatio: idleRatio === undefined ? 0 : idleRatio >= 0.4 ? 1.5 : idleRatio < 0.15 ? -5 : 0,
  };
}

/** By what GPUs lost where that is known, good to a factor of two; else nothing says that it was less than all. */
export function explainedByIdle(idleRatio: number | undefined): number {
  return idleRatio === undefined ? 1 : Math.min(1, idleRatio * IDLE_TOLERANCE);
}

const IDLE_TOLERANCE = 1.25;

export function idleText(idleRatio: number | undefined): string {
  return idleRatio === undefined
    ? ''
    : `, its GPUs idled for ${pctText(Math.min(1, idleRatio))} of the delay`;
}

/** What holds the engine's own process up reaches every stream, and is not caught up; of first tokens neither can be told. */
export function engineStoodStill(episode: Episode): readonly Observation[] {
  return episode.phase === 'decode' ? [engineScopeOf(episode), neverGenerated(episode)] : [];
}

const LEAST_STEAL_RATIO = 0.02;

/** A process whose CPU the hypervisor gives to others stands still and waits as well: theft is then the root. */
export function isStolenFrom(
  host: MetricSource,
  span: { readonly fromNs: number; readonly toNs: number },
): boolean {
  return (stealShare(host, span) ?? 0) >= LEAST_STEAL_RATIO;
}
