import { gpuConditionSchema } from '@fluidscope/serving-sim';
import { z } from 'zod';

const gpu = z.number().int().min(0).max(63);

/**
 * A fault by its physical effect: the body of `POST /sim/faults`. Beside what can befall a GPU: what can befall the engine's process
 * (`engine_pause`) and NVML itself (`call_stall`: every call on a GPU blocks so long; `init_code`: what initialising answers;
 * `uuid_order`: index i shows GPU i + `rotation`; `call_cost`: what calls cost against their reference).
 */
export const gpuFaultSchema = z.discriminatedUnion('kind', [
  gpuConditionSchema,
  z.strictObject({ kind: z.literal('engine_pause'), ms: z.number().positive().max(60_000) }),
  z.strictObject({ kind: z.literal('call_stall'), gpu, ms: z.number().int().min(0).max(60_000) }),
  z.strictObject({
    kind: z.literal('init_code'),
    code: z.union([0, 4, 9, 17, 18, 999].map((n) => z.literal(n))),
  }),
  z.strictObject({ kind: z.literal('uuid_order'), rotation: gpu }),
  z.strictObject({ kind: z.literal('call_cost'), ratio: z.number().min(0).max(1_000) }),
]);

export type GpuFault = z.infer<typeof gpuFaultSchema>;
