import type { BatchTimeline } from '../batch-timeline.js';
import type { Exposure } from '../exposure.js';
import type { Silence } from '../silences.js';
import type { Span } from '../spans.js';
import type { DiagnosisContext } from './cause-rule.js';
import { lostWorkByHost } from './gpu-work.js';
import { busiestProcess } from './host-load.js';
import { exposureOfSpans } from './span-exposure.js';

/** A silence in which the engine's process stood still while its GPUs had nothing to do. */
export interface EnginePause extends Silence {
  /** The host that it was seen on; `undefined` where only tokens tell. */
  readonly agentId: string | undefined;
  /** Shortly before the last tokens before it. */
  readonly lastStepNs: number;
  /** Requests that had been sent before and had no first token yet when it was over: some of their prompts may have been worked on. */
  readonly waitingCount: number;
  /** How long all of that host's GPUs stood idle; `undefined` where no sensor tells. */
  readonly idleNs: number | undefined;
  /** Cores that the busiest process there took, and usually takes; `undefined` where no host is watched. */
  readonly busyCores: number | undefined;
  readonly usualCores: number | undefined;
  readonly busyPid: number | undefined;
}

/** Collectors and compilers stop a process for a tenth of a second at least; what is shorter may be a step that waited for its host. */
const LEAST_PAUSE_NS = 100_000_000;
/** A pause is one where GPUs idle for most of it. */
const LEAST_IDLE_RATIO = 0.6;
const BUSY_CORES = 0.85;
const LEAST_RISE_CORES = 0.1;

const PAUSES = new WeakMap<DiagnosisContext, readonly EnginePause[]>();

/**
 * All pauses of a run, in order of time, whether or not they cost a deadline: whether a pause recurs tells what it was. A silence in which GPUs worked is none; where no GPU is watched,
 * a process that took a core to itself must stand for it.
 */
export function enginePauses(context: DiagnosisContext): readonly EnginePause[] {
  let pauses = PAUSES.get(context);
  if (pauses === undefined) {
    pauses = context.silences.flatMap((silence) => pauseOf(silence, context) ?? []);
    PAUSES.set(context, pauses);
  }
  return pauses;
}

function pauseOf(
  silence: Silence,
  { telemetry, usualGap, batch }: DiagnosisContext,
): EnginePause | undefined {
  if (silence.toNs - silence.fromNs < LEAST_PAUSE_NS) return undefined;
  const { toNs } = silence;
  const fromNs = Math.min(toNs, silence.fromNs + usualGap.medianNs);
  const idle = lostWorkByHost(telemetry.gpus, fromNs, toNs)
    .toSorted((a, b) => b.lostNs - a.lostNs)
    .at(0);
  const hosts = telemetry.hosts.filter(({ sourceId }) => idle === undefined || sourceId === idle.agentId);
  const busy = hosts
    .flatMap((host) => {
      const process = busiestProcess(host, { fromNs, toNs });
      return process === undefined ? [] : [{ ...process, agentId: host.sourceId }];
    })
    .toSorted((a, b) => b.ratio - b.usualRatio - (a.ratio - a.usualRatio))
    .at(0);
  const pause = {
    ...silence,
    fromNs,
    lastStepNs: silence.fromNs - usualGap.medianNs / 2,
    waitingCount: waitingThrough({ fromNs: silence.fromNs, toNs }, { usualGap, batch }),
    agentId: idle?.agentId ?? busy?.agentId,
    idleNs: idle?.lostNs,
    busyCores: busy?.ratio,
    usualCores: busy?.usualRatio,
    busyPid: busy?.pid,
  };
  const isPause =
    idle === undefined ? isOneThreadBusy(pause) === true : idle.lostNs >= LEAST_IDLE_RATIO * (toNs - fromNs);
  return isPause ? pause : undefined;
}

function waitingThrough(
  { fromNs, toNs }: Span,
  { usualGap, batch }: Pick<DiagnosisContext, 'batch' | 'usualGap'>,
): number {
  return batch
    .joinedWithin(toNs + usualGap.medianNs / 2, toNs + LONGEST_WAIT_NS)
    .filter(({ sentNs }) => sentNs <= fromNs).length;
}

/** Whoever waits longer waits in a queue. */
const LONGEST_WAIT_NS = 10_000_000_000;

/** Whether a process took about a core to itself, more than it usually does; `undefined` where nobody counted. */
export function isOneThreadBusy({
  busyCores,
  usualCores,
}: Pick<EnginePause, 'busyCores' | 'usualCores'>): boolean | undefined {
  if (busyCores === undefined || usualCores === undefined) return undefined;
  return busyCores >= BUSY_CORES && busyCores - usualCores >= LEAST_RISE_CORES;
}

/** When each host's engine stood still. */
export function pauseExposures(context: DiagnosisContext): readonly Exposure[] {
  const pauses = enginePauses(context);
  return [...new Set(pauses.map(({ agentId }) => agentId))].map((agentId) => ({
    sourceId: agentId,
    activeRatios: exposureOfSpans(
      pauses.filter((pause) => pause.agentId === agentId),
      context.bins,
    ),
  }));
}

/** How pauses recur. */
export interface Recurrence {
  readonly count: number;
  /** Of the pauses after the first, those at a batch size (rounded up to a power of two) that had been run since the first, paused for or not, and those at one that had not. */
  readonly sameShapeCount: number;
  readonly newShapeCount: number;
  /** Standard deviation over mean of the steps from one to the next; `undefined` for fewer than four. */
  readonly stepsSpreadRatio: number | undefined;
}

const FEWEST_FOR_SPREAD_COUNT = 4;
/** What comes every so many steps comes evenly; by chance hardly anything does. */
export const EVEN_STEPS_RATIO = 0.15;
export const VERY_EVEN_STEPS_RATIO = 0.05;

export function recurrenceOf(context: DiagnosisContext): Recurrence {
  const pauses = enginePauses(context);
  return {
    count: pauses.length,
    ...countShapes(pauses, context.batch),
    stepsSpreadRatio: pauses.length < FEWEST_FOR_SPREAD_COUNT ? undefined : stepsSpread(pauses),
  };
}

/**
 * By the batch sizes that are known to have been run since the first pause. Whose prompt was being worked on may have been part of a paused batch: where only
 * some of the sizes that it can have had were run, the pause speaks for neither.
 */
function countShapes(
  pauses: readonly EnginePause[],
  batch: BatchTimeline,
): Pick<Recurrence, 'sameShapeCount' | 'newShapeCount'> {
  const run = new Set<number>();
  const counts = { sameShapeCount: 0, newShapeCount: 0 };
  let sinceNs = Infinity;
  for (const { lastStepNs, toNs, streamsCount, waitingCount } of pauses) {
    // What is paused for may come of who ended with the very step before.
    if (sinceNs < lastStepNs)
      for (const decodingCount of batch.decodingCountsWithin(sinceNs, lastStepNs))
        run.add(shapeOf(decodingCount));
    const [least, most] = [shapeOf(streamsCount), shapeOf(streamsCount + waitingCount)];
    const possible = Array.from({ length: most - least + 1 }, (_, index) => least + index);
    if (run.size > 0 && possible.every((shape) => run.has(shape))) counts.sameShapeCount += 1;
    if (run.size > 0 && !possible.some((shape) => run.has(shape))) counts.newShapeCount += 1;
    run.add(least);
    sinceNs = toNs;
  }
  return counts;
}

function shapeOf(streamsCount: number): number {
  return Math.ceil(Math.log2(Math.max(1, streamsCount)));
}

function stepsSpread(pauses: readonly EnginePause[]): number {
  const steps = pauses.slice(1).map(({ stepIndex }, index) => stepIndex - (pauses[index]?.stepIndex ?? NaN));
  const mean = steps.reduce((sum, each) => sum + each, 0) / steps.length;
  const variance = steps.reduce((sum, each) => sum + (each - mean) ** 2, 0) / steps.length;
  return Math.sqrt(variance) / mean;
}
