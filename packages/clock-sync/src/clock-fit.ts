import {
  epochsOf,
  middleOf,
  offsetInEpoch,
  runTimeInEpoch,
  unionOf,
  type ClockEpoch,
} from './clock-epoch.js';
import { hiddenStepNs } from './hidden-step.js';
import { offsetBounds, type ClockSegment, type NsRange } from './clock-segment.js';

/** A stretch over which the offset is taken as a line. Neighbours of one epoch overlap. */
export interface ClockSegmentSummary {
  readonly fromRunNs: number;
  readonly toRunNs: number;
  /** Segments of one epoch have no step between them. */
  readonly epochIndex: number;
  readonly probesCount: number;
  /** Agent minus client in the middle of the segment. */
  readonly offsetNs: number;
  readonly boundNs: number;
  /** How fast the agent's clock gains on the client's, and how far that may be off. */
  readonly skewPpm: number;
  readonly skewBoundPpm: number;
}

/** One clock jumped (or changed its rate by more than a line can follow) somewhere between these run times. */
export interface ClockStep {
  readonly fromRunNs: number;
  readonly toRunNs: number;
  /** Change of agent minus client, and how far that may be off. */
  readonly changeNs: number;
  readonly boundNs: number;
}

/**
 * What the probes say of two clocks. Offset is agent minus client. The truth lies within `boundNs` of each answer whatever the
 * network's delays and asymmetry, as long as stamps are honest and each clock's rate is steady within a segment.
 * All answers are whole nanoseconds.
 */
export interface ClockFit {
  readonly segments: readonly ClockSegmentSummary[];
  readonly steps: readonly ClockStep[];
  /** Probes that contradicted themselves (an answer before its request, a fraction, NaN) and were left out. */
  readonly rejectedCount: number;
  /**
   * The run time at which the agent's clock showed `agentNs`, also before the first and after the last probe, where the bound grows
   * by what is not known of the skew. `undefined` without probes, for a time that is not finite, or before what a tracker still holds.
   */
  toRunNs(agentNs: number): { readonly runNs: number; readonly boundNs: number } | undefined;
  /** Agent minus client at a run time; `undefined` as for `toRunNs`. */
  offsetAt(runNs: number): { readonly offsetNs: number; readonly boundNs: number } | undefined;
}

export interface FittedSegments {
  readonly segments: readonly ClockSegment[];
  /** Whether the first segment is also the first there was. */
  readonly startKnown: boolean;
  readonly rejectedCount: number;
}

/** A fit over segments in order of time; it keeps nothing else. */
export function clockFitOf({ segments: fitted, startKnown, rejectedCount }: FittedSegments): ClockFit {
  const segments = fitted.map((segment) => ({ ...segment, marginNs: hiddenStepNs(segment) }));
  const epochs = epochsOf(segments, startKnown);
  return {
    segments: segments.map(summarize),
    steps: stepsOf(epochs),
    rejectedCount,
    toRunNs(agentNs) {
      const range = Number.isFinite(agentNs) ? runTimeRange(epochs, agentNs) : undefined;
      if (range === undefined) return undefined;
      const { middleNs, boundNs } = wholeNs(range);
      return { runNs: middleNs, boundNs };
    },
    offsetAt(runNs) {
      const range = Number.isFinite(runNs) ? offsetRangeAt(epochs, runNs) : undefined;
      if (range === undefined) return undefined;
      const { middleNs, boundNs } = wholeNs(range);
      return { offsetNs: middleNs, boundNs };
    },
  };
}

function offsetRangeAt(epochs: readonly ClockEpoch[], runNs: number): NsRange | undefined {
  return epochs
    .filter((epoch) => epoch.fromNs <= runNs && runNs <= epoch.toNs)
    .map((epoch) => offsetInEpoch(epoch, runNs))
    .reduce<NsRange | undefined>((all, each) => (all === undefined ? each : unionOf(all, each)), undefined);
}

/**
 * After a step back an agent's clock shows the same time twice, so every epoch that can have shown it counts. A time that was
 * jumped over belongs to no epoch: it is the step itself, which the two epochs nearest to it enclose.
 */
function runTimeRange(epochs: readonly ClockEpoch[], agentNs: number): NsRange | undefined {
  const candidates = epochs.map((epoch) => {
    const range = runTimeInEpoch(epoch, agentNs);
    return { epoch, range, awayNs: Math.max(epoch.fromNs - range.highNs, range.lowNs - epoch.toNs, 0) };
  });
  const first = candidates[0];
  const possible = candidates.filter((each) => each.awayNs === 0).map((each) => each.range);
  if (possible.length > 0) return possible.reduce(unionOf);
  if (first === undefined || first.range.highNs < first.epoch.fromNs) return undefined;
  return candidates
    .toSorted((left, right) => left.awayNs - right.awayNs)
    .slice(0, 2)
    .map(({ epoch, range }) => clampTo(range, epoch))
    .reduce(unionOf);
}

function clampTo(range: NsRange, epoch: ClockEpoch): NsRange {
  const clamp = (valueNs: number): number => Math.min(Math.max(valueNs, epoch.fromNs), epoch.toNs);
  return { lowNs: clamp(range.lowNs), highNs: clamp(range.highNs) };
}

function summarize(segment: ClockSegment): ClockSegmentSummary {
  const skewsNsPerS = segment.lines.map((line) => line.skewNsPerS);
  const low = Math.min(...skewsNsPerS);
  const high = Math.max(...skewsNsPerS);
  const { middleNs, boundNs } = wholeNs(offsetBounds(segment, (segment.fromNs + segment.toNs) / 2));
  return {
    fromRunNs: segment.fromNs,
    toRunNs: segment.toNs,
    epochIndex: segment.epochIndex,
    probesCount: segment.probesCount,
    offsetNs: middleNs,
    boundNs,
    skewPpm: (low + high) / 2 / 1_000,
    skewBoundPpm: (high - low) / 2 / 1_000,
  };
}

function stepsOf(epochs: readonly ClockEpoch[]): ClockStep[] {
  return epochs.slice(1).map((after, index) => {
    const before = epochs[index] ?? after;
    const atNs = (after.fromNs + before.toNs) / 2;
    const was = offsetInEpoch(before, atNs);
    const is = offsetInEpoch(after, atNs);
    const { middleNs, boundNs } = wholeNs({ lowNs: is.lowNs - was.highNs, highNs: is.highNs - was.lowNs });
    return { fromRunNs: after.fromNs, toRunNs: before.toNs, changeNs: middleNs, boundNs };
  });
}

/** Rounds the middle to a whole nanosecond and widens the bound by what that moved. */
function wholeNs(range: NsRange): { middleNs: number; boundNs: number } {
  const middleNs = Math.round(middleOf(range));
  return { middleNs, boundNs: Math.ceil(Math.max(range.highNs - middleNs, middleNs - range.lowNs, 0)) };
}
