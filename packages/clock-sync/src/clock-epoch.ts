import { offsetBounds, runTimeBounds, type ClockSegment, type NsRange } from './clock-segment.js';

/**
 * Overlapping segments without a step between them, and where in run time they can hold: from the last instant at which the epoch
 * before was still seen, to the first at which the next one was. Two epochs share that span, for the step may be anywhere in it.
 */
export interface ClockEpoch {
  readonly fromNs: number;
  readonly toNs: number;
  /** In order of `fromNs`; at least one. */
  readonly segments: readonly ClockSegment[];
}

/** Groups segments, in order, by epoch. `startKnown`: whether the first segment is also the first there was. */
export function epochsOf(segments: readonly ClockSegment[], startKnown: boolean): ClockEpoch[] {
  const groups: ClockSegment[][] = [];
  for (const segment of segments) {
    const group = groups.at(-1);
    if (group?.[0]?.epochIndex === segment.epochIndex) group.push(segment);
    else groups.push([segment]);
  }
  return groups.map((group, index) => ({
    fromNs: groups[index - 1]?.at(-1)?.toNs ?? (startKnown ? -Infinity : (group[0]?.fromNs ?? -Infinity)),
    toNs: groups[index + 1]?.[0]?.fromNs ?? Infinity,
    segments: group,
  }));
}

/** Bounds on agent minus client at run time `atNs`, if the epoch held then. */
export function offsetInEpoch(epoch: ClockEpoch, atNs: number): NsRange {
  const index = lastIndexFrom(epoch.segments, (segment) => segment.fromNs <= atNs);
  return boundsAround(epoch.segments, { index, atNs }, (segment) => offsetBounds(segment, atNs));
}

/** Bounds on the run time at which the agent's clock showed `agentNs`, if the epoch held then. */
export function runTimeInEpoch(epoch: ClockEpoch, agentNs: number): NsRange {
  const index = lastIndexFrom(
    epoch.segments,
    (segment) => middleOf(runTimeBounds(segment, agentNs)) >= segment.fromNs,
  );
  const nearest = epoch.segments[index];
  const atNs = nearest === undefined ? Number.NaN : middleOf(runTimeBounds(nearest, agentNs));
  return boundsAround(epoch.segments, { index, atNs }, (segment) => runTimeBounds(segment, agentNs));
}

export function middleOf(range: NsRange): number {
  return range.lowNs + (range.highNs - range.lowNs) / 2;
}

export function unionOf(left: NsRange, right: NsRange): NsRange {
  return { lowNs: Math.min(left.lowNs, right.lowNs), highNs: Math.max(left.highNs, right.highNs) };
}

/**
 * What the segment at `index` and the one before it, where that one still reaches `atNs`, say together. Both hold while the skew is
 * steady; where they contradict each other it was not, and the honest answer is all that either allows.
 */
function boundsAround(
  segments: readonly ClockSegment[],
  { index, atNs }: { readonly index: number; readonly atNs: number },
  boundsBy: (segment: ClockSegment) => NsRange,
): NsRange {
  const segment = segments[index];
  if (segment === undefined) return { lowNs: -Infinity, highNs: Infinity };
  const bounds = boundsBy(segment);
  const before = segments[index - 1];
  if (before === undefined || before.toNs < atNs) return bounds;
  const boundsBefore = boundsBy(before);
  const both = {
    lowNs: Math.max(bounds.lowNs, boundsBefore.lowNs),
    highNs: Math.min(bounds.highNs, boundsBefore.highNs),
  };
  return both.lowNs <= both.highNs ? both : unionOf(bounds, boundsBefore);
}

/** The last index for which `holds`, which holds for a first part of the segments; 0 when for none. */
function lastIndexFrom(segments: readonly ClockSegment[], holds: (segment: ClockSegment) => boolean): number {
  let low = 0;
  let high = segments.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    const segment = segments[middle];
    if (segment !== undefined && holds(segment)) low = middle;
    else high = middle - 1;
  }
  return low;
}
