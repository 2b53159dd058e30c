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
  /** By GPU and metric in one small integer, then by sub_id: this runs for every sample, and a small integer needs no allocation. */
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

  /** Takes whole records; a part of one at the end is left out. */
  addRecords(records: Buffer): void {
    for (let at = 0; at + SAMPLE_RECORD_BYTES <= records.length; at += SAMPLE_RECORD_BYTES) {
      // A bigint a sample would be garbage a sample; the difference to the origin is exact in doubles.
      const high = records.readUInt32LE(at + 4) - this.#originHigh;
      const atNs = high * TWO_POW_32 + (records.readUInt32LE(at) - this.#originLow);
      const slot = this.#slotOf(
        records.readUInt16LE(at + 12),
        records.readUInt16LE(at + 14),
        records.readUInt32LE(at + 28),
        atNs,
      );
      const isFresh = (records.readUInt32LE(at + 24) & SAMPLE_FLAGS.fresh) !== 0;
      if (slot !== undefined) update(slot, records.readDoubleLE(at + 16), { atNs, isFresh });
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

/** The driver's own ring is drained late: an older sample must not replace a newer one. */
function update(slot: Slot, value: number, { atNs, isFresh }: Freshness & { readonly atNs: number }): void {
  if (atNs < slot.atNs) return;
  slot.value = value;
  slot.atNs = atNs;
  if (isFresh) slot.freshAtNs = atNs;
}

function keyOf(gpuIndex: number, metricId: number): number {
  return (gpuIndex << 16) | metricId;
}
