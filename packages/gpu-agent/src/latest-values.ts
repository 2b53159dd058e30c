import { SAMPLE_FLAGS, SAMPLE_RECORD_BYTES } from '@fluidscope/trace-schema';
import { NS_PER_S } from '@fluidscope/units';

/** The last sample of one (GPU or host, metric, sub_id). Times are ns since the agent's origin. */
export interface LatestValue {
  readonly gpuIndex: number;
  readonly metricId: number;
  readonly subId: number;
  readonly value: number;
  /** When it was read. */
  readonly atNs: number;
  /** When a reading last differed from the one before it: how old the sensor's value is at least. */
  readonly freshAtNs: number;
}

type Slot = { -readonly [K in keyof LatestValue]: LatestValue[K] };

const TWO_POW_32 = 2 ** 32;
const WORDS = SAMPLE_RECORD_BYTES / 4;
const DEFAULT_CAP_COUNT = 16_384;
/** Processes come and go: a series that nobody reports any more must not stand for ever. */
const FORGET_AFTER_NS = 60 * NS_PER_S;

/**
 * The newest value of every series. Memory is bounded: at `capCount` series those that were silent for a minute make room, and
 * what then still does not fit is counted in `refusedCount`.
 */
export class LatestValues {
  readonly #originHigh: number;
  readonly #originLow: number;
  readonly #capCount: number;
  /** By GPU and metric in one small integer, then by sub_id. */
  readonly #slots = new Map<number, Map<number, Slot>>();
  #count = 0;
  #refusedCount = 0;
  #prunedAtNs = -Infinity;

  constructor(originMonoNs: bigint, capCount = DEFAULT_CAP_COUNT) {
    this.#originHigh = Number(originMonoNs >> 32n);
    this.#originLow = Number(originMonoNs & 0xffff_ffffn);
    this.#capCount = capCount;
  }

  get refusedCount(): number {
    return this.#refusedCount;
  }

  /** Takes whole records; a part of one at the end is left out. Records of one series cost least where they stand together. */
  addRecords(records: Buffer): void {
    const words = wordsOf(records);
    let last = 0;
    for (let at = 0; at < words.length; at = last + WORDS) {
      last = endOfRun(words, at);
      this.#addRun(words, at, last);
    }
  }

  /** Takes one sample, its time relative to the origin. */
  add({ gpuIndex, metricId, subId, value, atNs, isFresh }: Omit<LatestValue, 'freshAtNs'> & Freshness): void {
    const slot = this.#slotOf(gpuIndex, metricId, subId, atNs);
    if (slot !== undefined) update(slot, value, { atNs, isFresh });
  }

  get(gpuIndex: number, metricId: number, subId = 0): LatestValue | undefined {
    return this.#slots.get(keyOf(gpuIndex, metricId))?.get(subId);
  }

  *[Symbol.iterator](): Generator<LatestValue> {
    for (const bySub of this.#slots.values()) yield* bySub.values();
  }

  /** The records of one series from word `first` to the one at word `last`: only the newest, and the newest fresh one, are of interest. */
  #addRun(words: Uint32Array, first: number, last: number): void {
    let newest = first;
    let newestNs = -Infinity;
    let freshNs = -Infinity;
    for (let at = first; at <= last; at += WORDS) {
      const atNs = this.#timeOf(words, at);
      if (atNs < newestNs) continue;
      newest = at;
      newestNs = atNs;
      if (((words[at + 6] ?? 0) & SAMPLE_FLAGS.fresh) !== 0) freshNs = atNs;
    }
    const gpuAndMetric = words[first + 3] ?? 0;
    const subId = words[first + 7] ?? 0;
    const slot = this.#slotOf(gpuAndMetric & 0xffff, gpuAndMetric >>> 16, subId, newestNs);
    if (slot === undefined) this.#refusedCount += (last - first) / WORDS;
    // The driver's own ring is drained late: an older sample must not replace a newer one.
    if (slot === undefined || newestNs < slot.atNs) return;
    slot.value = doubleOf(words, newest + 4);
    if (freshNs >= slot.atNs) slot.freshAtNs = freshNs;
    slot.atNs = newestNs;
  }

  /** A bigint a sample would be garbage a sample; the difference to the origin is exact in doubles. */
  #timeOf(words: Uint32Array, at: number): number {
    const high = (words[at + 1] ?? 0) - this.#originHigh;
    return high * TWO_POW_32 + ((words[at] ?? 0) - this.#originLow);
  }

  #slotOf(gpuIndex: number, metricId: number, subId: number, atNs: number): Slot | undefined {
    const key = keyOf(gpuIndex, metricId);
    let bySub = this.#slots.get(key);
    const found = bySub?.get(subId);
    if (found !== undefined) return found;
    if (this.#count >= this.#capCount) this.#prune(atNs);
    if (this.#count >= this.#capCount) {
      this.#refusedCount += 1;
      return undefined;
    }
    bySub = this.#slots.get(key);
    if (bySub === undefined) this.#slots.set(key, (bySub = new Map<number, Slot>()));
    const slot: Slot = { gpuIndex, metricId, subId, value: NaN, atNs: -Infinity, freshAtNs: atNs };
    bySub.set(subId, slot);
    this.#count += 1;
    return slot;
  }

  /** At most once a second, for it goes through everything. */
  #prune(nowNs: number): void {
    if (nowNs - this.#prunedAtNs < NS_PER_S) return;
    this.#prunedAtNs = nowNs;
    for (const [key, bySub] of this.#slots) {
      for (const [subId, slot] of bySub) {
        if (nowNs - slot.atNs > FORGET_AFTER_NS && bySub.delete(subId)) this.#count -= 1;
      }
      if (bySub.size === 0) this.#slots.delete(key);
    }
  }
}

interface Freshness {
  readonly isFresh: boolean;
}

function update(slot: Slot, value: number, { atNs, isFresh }: Freshness & { readonly atNs: number }): void {
  if (atNs < slot.atNs) return;
  slot.value = value;
  slot.atNs = atNs;
  if (isFresh) slot.freshAtNs = atNs;
}

function keyOf(gpuIndex: number, metricId: number): number {
  return (gpuIndex << 16) | metricId;
}

/** Whole records as words of four bytes, on the records' own memory where it is aligned. */
function wordsOf(records: Buffer): Uint32Array {
  const { buffer, byteOffset } = records.byteOffset % 4 === 0 ? records : Uint8Array.from(records);
  return new Uint32Array(buffer, byteOffset, Math.floor(records.length / SAMPLE_RECORD_BYTES) * WORDS);
}

/** The last record, from word `at` on, that is of the same series as all before it. */
function endOfRun(words: Uint32Array, at: number): number {
  const gpuAndMetric = words[at + 3];
  const subId = words[at + 7];
  let last = at;
  while (words[last + WORDS + 3] === gpuAndMetric && words[last + WORDS + 7] === subId) last += WORDS;
  return last;
}

const double = new Float64Array(1);
const halves = new Uint32Array(double.buffer);

function doubleOf(words: Uint32Array, at: number): number {
  halves[0] = words[at] ?? 0;
  halves[1] = words[at + 1] ?? 0;
  return double[0] ?? NaN;
}
