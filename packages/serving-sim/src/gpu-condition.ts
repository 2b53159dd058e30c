import { gpuMetricByName } from '@fluidscope/trace-schema';
import { z } from 'zod';
import type { GpuBoard } from './gpu-boards.js';

const gpu = z.number().int().min(0).max(63);
const ratio = z.number().min(0).max(0.95);
const count = z.number().int().min(0).max(1_000_000_000);
const metric = z.string().refine((name) => gpuMetricByName(name) !== undefined, {
  error: ({ input }) => `expected a GPU metric but received ${JSON.stringify(input)}`,
});
const link = z.enum(['pcie', 'nvlink']);

/**
 * What can befall one GPU, each named by its physical effect and never by a cause. A condition holds until another of its kind
 * replaces it; `endOf` gives the one that ends it.
 *
 * - `power_limit` (W), `inlet_temperature` (°C), `inlet_offset` (K on top of it).
 * - `cooling_lost`: the share of the cooling that is gone; 0 is healthy.
 * - `power_brake`: the board's external brake input, which halves the clock.
 * - `foreign_share`: the share of the SMs' time that another process takes, of the DRAM's (`dram`, else 0.6 of it), and its pid.
 * - `clock_limit`: highest SM clock; `clock_locked`: the only one, idle or not; without `mhz` it is unlocked.
 * - `boost_latency`: how long an idle GPU takes to its full clock; 0 is at once.
 * - `rank_slowed`: the factor on this GPU's clock, of which no throttle reason tells.
 * - `link_degraded`: the share of the link's bandwidth that is gone, with replays while there is traffic. Ranks that talk over it wait.
 * - `link_errors`: so many replays at once (`index`: of this NVLink).
 * - `xid`, `ecc_errors`, `remapped_rows`: what the driver reports of itself; the engine does not notice.
 * - `counters_reset`: as when the last client of a driver without persistence mode leaves.
 * - `lost`, `reset_required`, `back`: whether NVML answers for this GPU at all.
 * - `sensor_error`: reading this metric answers an NVML code; 0 is healthy. `sensor_drop`: the share of its refreshes that do not happen.
 */
export const gpuConditionSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('power_limit'), gpu, watts: z.number().min(1).max(2_000) }),
  z.strictObject({ kind: z.literal('inlet_temperature'), gpu, celsius: z.number().min(-20).max(100) }),
  z.strictObject({ kind: z.literal('inlet_offset'), gpu, kelvin: z.number().min(-50).max(100) }),
  z.strictObject({ kind: z.literal('cooling_lost'), gpu, ratio }),
  z.strictObject({ kind: z.literal('power_brake'), gpu, on: z.boolean() }),
  z.strictObject({
    kind: z.literal('foreign_share'),
    gpu,
    ratio,
    dram: ratio.optional(),
    pid: z.number().int().min(1).max(4_194_304).optional(),
  }),
  z.strictObject({ kind: z.literal('clock_limit'), gpu, mhz: z.number().min(100).max(5_000) }),
  z.strictObject({ kind: z.literal('clock_locked'), gpu, mhz: z.number().min(100).max(5_000).optional() }),
  z.strictObject({ kind: z.literal('boost_latency'), gpu, ms: z.number().min(0).max(60_000) }),
  z.strictObject({ kind: z.literal('rank_slowed'), gpu, ratio: z.number().min(0.05).max(1) }),
  z.strictObject({ kind: z.literal('link_degraded'), gpu, link, ratio }),
  z.strictObject({
    kind: z.literal('link_errors'),
    gpu,
    link,
    index: z.number().int().min(0).max(17).optional(),
    count,
  }),
  z.strictObject({ kind: z.literal('xid'), gpu, xid: z.number().int().min(1).max(999) }),
  z.strictObject({
    kind: z.literal('ecc_errors'),
    gpu,
    corrected: count.optional(),
    uncorrected: count.optional(),
  }),
  z.strictObject({
    kind: z.literal('remapped_rows'),
    gpu,
    corrected: count.optional(),
    uncorrected: count.optional(),
    pending: z.boolean().optional(),
    failed: z.boolean().optional(),
  }),
  z.strictObject({ kind: z.literal('counters_reset'), gpu }),
  z.strictObject({ kind: z.literal('lost'), gpu }),
  z.strictObject({ kind: z.literal('reset_required'), gpu }),
  z.strictObject({ kind: z.literal('back'), gpu }),
  z.strictObject({ kind: z.literal('sensor_error'), gpu, metric, code: z.number().int().min(0).max(999) }),
  z.strictObject({ kind: z.literal('sensor_drop'), gpu, metric, ratio: z.number().min(0).max(1) }),
]);

export type GpuCondition = z.infer<typeof gpuConditionSchema>;

type ConditionOf<Kind extends GpuCondition['kind']> = Extract<GpuCondition, { kind: Kind }>;

/** One handler for each kind of condition, given that kind alone. */
export type ByConditionKind<Context, Result> = {
  readonly [Kind in GpuCondition['kind']]: (condition: ConditionOf<Kind>, context: Context) => Result;
};

/** Hands a condition to the handler of its kind. */
export function handleCondition<Context, Result>(
  handlers: ByConditionKind<Context, Result>,
  condition: GpuCondition,
  context: Context,
): Result {
  // The table's type says that the handler of a kind takes that kind; TypeScript cannot follow the pair through the look-up.
  const handle = handlers[condition.kind] as (condition: GpuCondition, context: Context) => Result;
  return handle(condition, context);
}

export const USUAL_INLET_CELSIUS = 28;

const none = (): undefined => undefined;
const withoutRatio = <C extends { readonly ratio: number }>(condition: C): C => ({ ...condition, ratio: 0 });
const back = ({ gpu: index }: GpuCondition): GpuCondition => ({ kind: 'back', gpu: index });

const ENDS: ByConditionKind<GpuBoard, GpuCondition | undefined> = {
  power_limit: (condition, board) => ({ ...condition, watts: board.powerLimitMilliwatts / 1_000 }),
  inlet_temperature: (condition) => ({ ...condition, celsius: USUAL_INLET_CELSIUS }),
  inlet_offset: (condition) => ({ ...condition, kelvin: 0 }),
  cooling_lost: withoutRatio,
  power_brake: (condition) => ({ ...condition, on: false }),
  foreign_share: ({ kind, gpu: index }) => ({ kind, gpu: index, ratio: 0 }),
  clock_limit: (condition, board) => ({ ...condition, mhz: board.maxSmMhz }),
  clock_locked: ({ kind, gpu: index }) => ({ kind, gpu: index }),
  boost_latency: (condition) => ({ ...condition, ms: 0 }),
  rank_slowed: (condition) => ({ ...condition, ratio: 1 }),
  link_degraded: withoutRatio,
  link_errors: none,
  xid: none,
  ecc_errors: none,
  remapped_rows: none,
  counters_reset: none,
  lost: back,
  reset_required: back,
  back: none,
  sensor_error: (condition) => ({ ...condition, code: 0 }),
  sensor_drop: withoutRatio,
};

/** The condition that ends this one, or `undefined` for what happened and cannot be undone. */
export function endOf(condition: GpuCondition, board: GpuBoard): GpuCondition | undefined {
  return handleCondition(ENDS, condition, board);
}
