import { z } from 'zod';
import type { Json } from './records.js';

/** The part of a run's recorded configuration that readers rely on; the rest is there to run it again. */
const recordedConfigSchema = z.looseObject({
  ttft_deadline_ns: z.int().positive(),
  tbt_deadline_ns: z.int().positive(),
});

export type RecordedConfig = z.infer<typeof recordedConfigSchema>;

/** The configuration with what readers rely on, or `undefined` when the trace does not hold it. */
export function readRecordedConfig(config: Json): RecordedConfig | undefined {
  const parsed = recordedConfigSchema.safeParse(config);
  return parsed.success ? parsed.data : undefined;
}
