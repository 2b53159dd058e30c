import { HOST_GPU_INDEX, SAMPLE_RECORD_BYTES, hostMetricById } from '@fluidscope/trace-schema';
import type { ParseFile } from '../emit-value.js';
import { KernelText } from '../kernel-text.js';

/** What a parser emits, as `{"cpu_busy_ns/1": 20}`. */
export function collect(parse: ParseFile, text: string): Record<string, number> {
  const found: Record<string, number> = {};
  parse(new KernelText(Buffer.from(text, 'latin1')), (metricId, subId, value) => {
    found[`${hostMetricById(metricId)?.name ?? metricId}/${subId}`] = value;
  });
  return found;
}

export interface ReadRecord {
  readonly series: string;
  readonly beforeNs: number;
  readonly value: number;
  readonly flags: number;
}

/** Records as objects; throws for a record that is not of the host. */
export function readRecords(records: Buffer): readonly ReadRecord[] {
  const read: ReadRecord[] = [];
  for (let at = 0; at < records.length; at += SAMPLE_RECORD_BYTES) {
    if (records.readUInt16LE(at + 12) !== HOST_GPU_INDEX) throw new Error('not a record of the host');
    const id = records.readUInt16LE(at + 14);
    read.push({
      series: `${hostMetricById(id)?.name ?? id}/${records.readUInt32LE(at + 28)}`,
      beforeNs: Number(records.readBigUInt64LE(at)),
      value: records.readDoubleLE(at + 16),
      flags: records.readUInt32LE(at + 24),
    });
  }
  return read;
}
