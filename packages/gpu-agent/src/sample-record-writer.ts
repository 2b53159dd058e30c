import { SAMPLE_FLAGS, SAMPLE_RECORD_BYTES } from '@fluidscope/trace-schema';

export interface WrittenSample {
  readonly beforeNs: bigint;
  readonly callNs: number;
  readonly gpuIndex: number;
  readonly metricId: number;
  readonly subId: number;
  readonly value: number;
}

const MAX_U32 = 0xffff_ffff;

/**
 * Writes samples that JavaScript took as records of the sampler's form, and marks fresh what differs from the value before it. For low
 * rates: it remembers one value a series, and forgets the oldest beyond `capCount` (its next sample then counts as fresh).
 */
export class SampleRecordWriter {
  readonly #last = new Map<string, number>();
  readonly #capCount: number;

  constructor(capCount = 4_096) {
    this.#capCount = capCount;
  }

  write(samples: readonly WrittenSample[]): Buffer {
    const records = Buffer.alloc(samples.length * SAMPLE_RECORD_BYTES);
    samples.forEach((sample, index) => this.#writeOne(records, index * SAMPLE_RECORD_BYTES, sample));
    return records;
  }

  #writeOne(records: Buffer, at: number, sample: WrittenSample): void {
    records.writeBigUInt64LE(sample.beforeNs, at);
    records.writeUInt32LE(Math.min(MAX_U32, Math.max(0, Math.round(sample.callNs))), at + 8);
    records.writeUInt16LE(sample.gpuIndex, at + 12);
    records.writeUInt16LE(sample.metricId, at + 14);
    records.writeDoubleLE(sample.value, at + 16);
    records.writeUInt32LE(this.#isFresh(sample) ? SAMPLE_FLAGS.fresh : 0, at + 24);
    records.writeUInt32LE(sample.subId, at + 28);
  }

  #isFresh({ gpuIndex, metricId, subId, value }: WrittenSample): boolean {
    const key = `${gpuIndex}/${metricId}/${subId}`;
    const isFresh = this.#last.get(key) !== value;
    // Set anew, the key stands last: the first key is the one not written for longest.
    this.#last.delete(key);
    this.#last.set(key, value);
    if (this.#last.size > this.#capCount) {
      const [oldest] = this.#last.keys();
      if (oldest !== undefined) this.#last.delete(oldest);
    }
    return isFresh;
  }
}
