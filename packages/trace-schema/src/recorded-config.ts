import { z } from 'zod';
import type { Json } from './records.js';

/** What one replica runs on, where it is known: a GPU that serves nobody of this run cannot have delayed it. */
const replicaSchema = z.looseObject({
  endpoint: z.string().optional(),
  agent_id: z.string().optional(),
  /** As a real run knows them beforehand: its agent's address, and GPUs by index or UUID, in order of rank. */
  agent_url: z.string().optional(),
  gpus: z.array(z.string()).optional(),
  gpu_uuids: z.array(z.string()).optional(),
  serves: z.boolean(),
});

export type RecordedReplica = z.infer<typeof replicaSchema>;

/** The prefill profile that requests took their first-token deadlines from, with what it takes to draw it. */
const prefillSchema = z.looseObject({
  path: z.string(),
  sha256: z.string().optional(),
  measured_at: z.string(),
  curve: z.object({ intercept_ns: z.number(), per_token_ns: z.number(), per_token_squared_ns: z.number() }),
  /** Prompt lengths that the curve speaks for. */
  from_tokens: z.number().positive(),
  to_tokens: z.number().positive(),
  slack_ns: z.number().nonnegative(),
  slack_ratio: z.number().nonnegative(),
  /** Measured over predicted time: the middle 95 %. */
  p025_ratio: z.number().nonnegative(),
  p975_ratio: z.number().nonnegative(),
  points: z.array(z.tuple([z.number().positive(), z.number().positive()])),
});

export type RecordedPrefill = z.infer<typeof prefillSchema>;

/** USD per million tokens. */
const pricesSchema = z.object({
  input_usd: z.number().nonnegative().optional(),
  output_usd: z.number().nonnegative().optional(),
  cached_usd: z.number().nonnegative().optional(),
});

export type RecordedPrices = z.infer<typeof pricesSchema>;

/** The part of a run's recorded configuration that readers rely on; the rest is there to run it again. */
const recordedConfigSchema = z.looseObject({
  ttft_deadline_ns: z.int().positive(),
  tbt_deadline_ns: z.int().positive(),
  topology: z.array(replicaSchema).optional().catch(undefined),
  prefill_profile: prefillSchema.optional().catch(undefined),
  prices: pricesSchema.optional().catch(undefined),
  /** The SLO of a request, as `--goodput` takes it. */
  goodput: z.string().optional().catch(undefined),
  rate_limit_pacing: z.enum(['off', 'retry-after']).optional().catch(undefined),
});

export type RecordedConfig = z.infer<typeof recordedConfigSchema>;

/** The configuration with what readers rely on, or `undefined` when the trace does not hold it. */
export function readRecordedConfig(config: Json): RecordedConfig | undefined {
  const parsed = recordedConfigSchema.safeParse(config);
  return parsed.success ? parsed.data : undefined;
}
