import { clockFitOf, type ClockFit } from './clock-fit.js';
import { isUsableProbe, type ClockProbe } from './clock-probe.js';
import { segmentOf, withProbe, type ClockSegment } from './clock-segment.js';

export interface ClockOptions {
  /** Clocks are taken to differ in rate by at most this; default 500 ppm, the most that NTP slews by. */
  readonly maxSkewPpm?: number;
  /**
   * A segment is closed once it spans this; its successor starts with the later half of its probes. Default 120 s: over that a
   * crystal's rate moves by too little to bend the line by a microsecond, and the skew is known to about a round trip per span.
   */
  readonly maxSegmentNs?: number;
  /** A segment is closed once it has this many probes, however short; default 4096. It bounds a tracker's memory. */
  readonly maxSegmentProbes?: number;
  /** How many segments a tracker keeps; the oldest go first. Default 1024, about 17 hours; `fitClock` keeps all. */
  readonly maxSegments?: number;
}

const DEFAULTS: Required<ClockOptions> = {
  maxSkewPpm: 500,
  maxSegmentNs: 120_000_000_000,
  maxSegmentProbes: 4_096,
  maxSegments: 1_024,
};

/** A successor starts with at least so many probes of its predecessor, so that a pause in probing is bridged by a line, not a guess. */
const MIN_SHARED_PROBES = 16;

/**
 * Follows two clocks as probes arrive. Memory is bounded by its options, whatever comes in; adding a probe costs time proportional to
 * the corners of the set of lines, a few tens in practice.
 */
export class ClockTracker {
  readonly #options: Required<ClockOptions>;
  readonly #closed: ClockSegment[] = [];
  #droppedSegments = 0;
  #rejectedCount = 0;
  #epochIndex = 0;
  /** The probes of `#open`, in order of arrival: kept for its successor, and to take back what turns out to come after a step. */
  #probes: ClockProbe[] = [];
  #open: ClockSegment | undefined;

  constructor(options: ClockOptions = {}) {
    this.#options = { ...DEFAULTS, ...options };
  }

  /** Takes one probe; one that contradicts itself is counted as rejected and changes nothing else. */
  add(probe: ClockProbe): void {
    const alone = isUsableProbe(probe) ? this.#segmentOf([probe]) : undefined;
    if (alone === undefined) {
      this.#rejectedCount += 1;
      return;
    }
    if (this.#open === undefined) this.#restart([probe], alone);
    else this.#extend(this.#open, probe, alone);
  }

  /** What all probes so far say. A snapshot: later probes do not change it. */
  current(): ClockFit {
    return clockFitOf({
      segments: this.#open === undefined ? [...this.#closed] : [...this.#closed, this.#open],
      startKnown: this.#droppedSegments === 0,
      rejectedCount: this.#rejectedCount,
    });
  }

  #extend(open: ClockSegment, probe: ClockProbe, alone: ClockSegment): void {
    const extended = withProbe(open, probe);
    if (extended === undefined) {
      this.#step(probe, alone);
      return;
    }
    this.#open = extended;
    this.#probes.push(probe);
    const { maxSegmentNs, maxSegmentProbes } = this.#options;
    if (extended.toNs - extended.fromNs >= maxSegmentNs || this.#probes.length >= maxSegmentProbes) {
      this.#turnOver(extended);
    }
  }

  #turnOver(full: ClockSegment): void {
    const sinceNs = full.toNs - this.#options.maxSegmentNs / 2;
    const most = Math.ceil(this.#options.maxSegmentProbes / 2);
    const recent = this.#probes.findIndex((probe) => probe.t1Ns >= sinceNs);
    const least = Math.max(this.#probes.length - MIN_SHARED_PROBES, 1);
    const shared = this.#probes.slice(Math.max(Math.min(recent, least), this.#probes.length - most));
    this.#close(full);
    this.#restart(shared, this.#segmentOf(shared));
  }

  /**
   * No line fits: a clock stepped, at some time before `probe` was answered. Recent probes that fit together with it may already be
   * from after the step (a wide one fits both), so they count for neither side, and the span they cover belongs to both.
   */
  #step(probe: ClockProbe, alone: ClockSegment): void {
    let kept = this.#probes.length;
    for (let suffix: ClockSegment | undefined = alone; suffix !== undefined && kept > 0;) {
      const previous = this.#probes[kept - 1];
      suffix = previous === undefined ? undefined : withProbe(suffix, previous);
      if (suffix !== undefined) kept -= 1;
    }
    const before = this.#probes.slice(0, kept);
    const last = before.at(-1);
    const closed = this.#segmentOf(before);
    // The last probe of the old epoch may have straddled the step, so what it proves ends where it was sent.
    if (closed !== undefined && last !== undefined) this.#close({ ...closed, toNs: last.t1Ns });
    this.#epochIndex += 1;
    this.#restart([probe], { ...alone, epochIndex: this.#epochIndex, fromNs: probe.t4Ns });
  }

  #close(segment: ClockSegment): void {
    this.#closed.push(segment);
    if (this.#closed.length >= this.#options.maxSegments) {
      this.#closed.shift();
      this.#droppedSegments += 1;
    }
  }

  #restart(probes: ClockProbe[], segment: ClockSegment | undefined): void {
    this.#probes = probes;
    this.#open = segment;
  }

  #segmentOf(probes: readonly ClockProbe[]): ClockSegment | undefined {
    const [first, ...others] = probes;
    if (first === undefined) return undefined;
    return others.reduce<ClockSegment | undefined>(
      (segment, probe) => (segment === undefined ? undefined : withProbe(segment, probe)),
      segmentOf(first, this.#epochIndex, this.#options.maxSkewPpm),
    );
  }
}
