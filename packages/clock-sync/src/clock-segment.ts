import type { ClockProbe } from './clock-probe.js';
import { cutLines, lineRectangle, offsetRange, type LinePolygon } from './line-polygon.js';

const NS_PER_S = 1_000_000_000;
/** Stamps are cut to whole nanoseconds, each side's by up to one. */
const STAMP_QUANTUM_NS = 1;
/** How many of the least round trips a segment keeps. */
export const LEAST_DELAYS_COUNT = 4;

/** An interval that holds the true value. */
export interface NsRange {
  readonly lowNs: number;
  readonly highNs: number;
}

/**
 * A stretch of time over which the offset is taken as a line, and all lines that its probes allow. Immutable.
 * `offset = baseOffsetNs + line(t - referenceNs)`: the base keeps the polygon's numbers small, so that doubles are exact enough.
 */
export interface ClockSegment {
  /** Run time of the first probe's send and of the last probe's receive. */
  readonly fromNs: number;
  readonly toNs: number;
  /** Segments of one epoch have no step between them. */
  readonly epochIndex: number;
  readonly probesCount: number;
  readonly referenceNs: number;
  readonly baseOffsetNs: number;
  readonly lines: LinePolygon;
  /** The least times on the way, both ways, in order. */
  readonly leastDelaysNs: readonly number[];
  /** How far beyond its lines the truth may lie; see `hiddenStepNs`. */
  readonly marginNs: number;
}

/** A segment of one probe, or `undefined` when the probe contradicts itself (an answer older than its request). */
export function segmentOf(
  probe: ClockProbe,
  epochIndex: number,
  maxSkewPpm: number,
): ClockSegment | undefined {
  const roundTripNs = probe.t4Ns - probe.t1Ns;
  const maxSkewNsPerS = maxSkewPpm * 1_000;
  const start: ClockSegment = {
    fromNs: probe.t1Ns,
    toNs: probe.t4Ns,
    epochIndex,
    probesCount: 0,
    leastDelaysNs: [],
    marginNs: 0,
    referenceNs: probe.t1Ns,
    baseOffsetNs: probe.t2Ns - probe.t1Ns,
    lines: lineRectangle(2 * (roundTripNs + STAMP_QUANTUM_NS) * (1 + maxSkewPpm / 1e6), maxSkewNsPerS),
  };
  return withProbe(start, probe);
}

/** The segment with one more probe, or `undefined` when no line satisfies it together with the others. */
export function withProbe(segment: ClockSegment, probe: ClockProbe): ClockSegment | undefined {
  const { t1Ns, t2Ns, t3Ns, t4Ns } = probe;
  // The request was received after it was sent: offset(t1) <= t2 - t1. The answer likewise: offset(t4) >= t3 - t4.
  const fromAbove = cutLines(segment.lines, {
    side: 'at most',
    atS: (t1Ns - segment.referenceNs) / NS_PER_S,
    limitNs: t2Ns - t1Ns - segment.baseOffsetNs + STAMP_QUANTUM_NS,
  });
  const lines = cutLines(fromAbove, {
    side: 'at least',
    atS: (t4Ns - segment.referenceNs) / NS_PER_S,
    limitNs: t3Ns - t4Ns - segment.baseOffsetNs - STAMP_QUANTUM_NS,
  });
  if (lines.length === 0) return undefined;
  return {
    ...segment,
    fromNs: Math.min(segment.fromNs, t1Ns),
    toNs: Math.max(segment.toNs, t4Ns),
    probesCount: segment.probesCount + 1,
    lines,
    leastDelaysNs: withDelay(segment.leastDelaysNs, t4Ns - t1Ns - (t3Ns - t2Ns)),
  };
}

function withDelay(leastNs: readonly number[], delayNs: number): readonly number[] {
  if (leastNs.length >= LEAST_DELAYS_COUNT && delayNs >= (leastNs.at(-1) ?? Infinity)) return leastNs;
  return [...leastNs, delayNs].sort((left, right) => left - right).slice(0, LEAST_DELAYS_COUNT);
}

/** Bounds on agent minus client at run time `atNs`; outside the segment they widen by what is not known of the skew. */
export function offsetBounds(segment: ClockSegment, atNs: number): NsRange {
  const { lowNs, highNs } = offsetRange(segment.lines, (atNs - segment.referenceNs) / NS_PER_S);
  const { baseOffsetNs, marginNs } = segment;
  return { lowNs: baseOffsetNs + lowNs - marginNs, highNs: baseOffsetNs + highNs + marginNs };
}

/** Bounds on the run time at which the agent's clock showed `agentNs`, if the segment held then. */
export function runTimeBounds(segment: ClockSegment, agentNs: number): NsRange {
  const sinceReferenceNs = agentNs - segment.baseOffsetNs - segment.referenceNs;
  let lowNs = Infinity;
  let highNs = -Infinity;
  for (const line of segment.lines) {
    // agent = t + base + offset + skew (t - reference), solved for t - reference; linear-fractional, so extreme at a corner.
    const elapsedNs = (sinceReferenceNs - line.offsetNs) / (1 + line.skewNsPerS / NS_PER_S);
    if (elapsedNs < lowNs) lowNs = elapsedNs;
    if (elapsedNs > highNs) highNs = elapsedNs;
  }
  const { referenceNs, marginNs } = segment;
  return { lowNs: referenceNs + lowNs - marginNs, highNs: referenceNs + highNs + marginNs };
}
