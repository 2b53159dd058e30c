import { z } from 'zod';
import type { Json } from './records.js';

/** The part of an agent's recorded description that readers rely on. */
const recordedAgentSchema = z.looseObject({
  hostname: z.string(),
  gpus: z.array(
    z.looseObject({
      index: z.int(),
      uuid: z.string(),
      name: z.string(),
      metrics: z.array(z.looseObject({ metric: z.string(), refresh_median_ns: z.number().nullable() })),
    }),
  ),
});

export type RecordedAgent = z.infer<typeof recordedAgentSchema>;

/** An `AgentRow`'s description with what readers rely on, or `undefined` when the trace does not hold it. */
export function readRecordedAgent(description: Json): RecordedAgent | undefined {
  const parsed = recordedAgentSchema.safeParse(description);
  return parsed.success ? parsed.data : undefined;
}
