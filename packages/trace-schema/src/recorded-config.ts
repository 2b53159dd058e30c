import { z } from 'zod';
import type { Json } from './records.js';

/** What one replica runs on, where it is known: a GPU that serves nobody of this run cannot have delayed it. */
const replicaSchema = z.looseObject({
  endpoint: z.string().optional(),
  agent_id: z.string().optional(),
  gpu_uuids: z.array(z.string()).optional(),
  serves: z.boolean(),
});

export type RecordedReplica = z.infer<typeof replicaSchema>;

/** The part of a run's recorded configuration that readers rely on; the rest is there to run it again. */
const recordedConfigSchema = z.looseObject({
  ttft_deadline_ns: z.int().positive(),
  tbt_deadline_ns: z.int().positive(),
  topology: z.array(replicaSchema).optional().catch(undefined),
});

export type RecordedConfig = z.infer<typeof recordedConfigSchema>;

/** The configuration with what readers rely on, or `undefined` when the trace does not hold it. */
export function readRecordedConfig(config: Json): RecordedConfig | undefined {
  const parsed = recordedConfigSchema.safeParse(config);
  return parsed.success ? parsed.data : undefined;
}
