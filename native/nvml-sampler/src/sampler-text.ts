import { z } from 'zod';

/**
 * The library's state. `starting` lasts as long as the driver takes to answer, and becomes `stalled_starting` when a call that comes before
 * there is any GPU (to load, to initialise, to count) hangs for `stallMs`; whatever follows says that it came back.
 */
export const SAMPLER_STATES = [
  'starting',
  'stalled_starting',
  'ready',
  'no_gpu',
  'library_missing',
  'library_unusable',
  'driver_not_loaded',
  'driver_mismatch',
  'driver_gone',
  'devices_revoked',
  'no_permission',
  'init_failed',
] as const;

/** A GPU's state. `lost` and `reset_required` last until the driver is loaded again; the others can pass. */
export const GPU_STATES = [
  'ready',
  'lost',
  'reset_required',
  'stalled',
  'read_failed',
  'no_permission',
  'unopened',
] as const;

const monoNs = z.string().transform(BigInt);
const ofGpu = { monoNs, gpuIndex: z.number(), gpuUuid: z.string() };
const guardChange = {
  fromHz: z.number(),
  toHz: z.number(),
  callP99Ns: z.number(),
  loopPct: z.number(),
};

const samplerEvent = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('state'), monoNs, state: z.enum(SAMPLER_STATES), detail: z.string() }),
  z.object({ kind: z.literal('gpu_state'), ...ofGpu, state: z.enum(GPU_STATES), detail: z.string() }),
  z.object({ kind: z.enum(['calibrated', 'surveyed']), monoNs, gpuCount: z.number() }),
  z.object({ kind: z.literal('guard_changed'), monoNs, ...guardChange }),
  z.object({ kind: z.literal('guard_passed'), monoNs, ...guardChange }),
  z.object({
    kind: z.enum(['xid', 'ecc_single_bit', 'ecc_double_bit', 'mig_changed']),
    monoNs,
    data: z.number(),
    gpuIndex: z.number().optional(),
    gpuUuid: z.string().optional(),
  }),
]);

/**
 * Something that happened, with the CLOCK_MONOTONIC time at which the sampler saw it. `data` of an `xid` is its number.
 * `calibrated`: the quick metrics are measured; `surveyed`: every slow metric was read often enough to be called silent.
 */
export type SamplerEvent = z.infer<typeof samplerEvent>;

const measured = z.object({
  metric: z.string(),
  /** Between changes of the value; null when it did not change often enough to tell. */
  refreshMedianNs: z.number().nullable(),
  refreshP10Ns: z.number().nullable(),
  changesCount: z.number(),
  pollsCount: z.number(),
  callP50Ns: z.number(),
  callP99Ns: z.number(),
});

const description = z.object({
  state: z.enum(SAMPLER_STATES),
  detail: z.string(),
  library: z.string(),
  driverVersion: z.string(),
  nvmlVersion: z.string(),
  /** Now; the guard may have lowered it. */
  fastHz: z.number(),
  /** `last`: the guard's last word, at CLOCK_MONOTONIC time `monoNs`; from and to are alike where it was told to keep the rate. */
  guard: z.object({
    adapts: z.boolean(),
    requestedHz: z.number(),
    last: z.object({ monoNs, ...guardChange }).nullable(),
  }),
  lateness: z.object({ p50Ns: z.number(), p99Ns: z.number(), wakeupsCount: z.number() }).nullable(),
  gpus: z.array(
    z.object({
      index: z.number(),
      uuid: z.string(),
      name: z.string(),
      pciBusId: z.string(),
      state: z.enum(GPU_STATES),
      migInstanceIds: z.array(z.number()),
      absent: z.array(z.object({ metric: z.string(), reason: z.string() })),
      metrics: z.array(measured),
    }),
  ),
});

/** What is there, what is absent and why, and what was measured of each metric (empty until the calibration ended). */
export type SamplerDescription = z.infer<typeof description>;

/** Since the sampler opened, but for `maxLatenessNs`, which is since the last flush. */
export interface SamplerCounters {
  /** Records that found their ring full. */
  readonly overruns: number;
  /** Slots of the schedule that passed before the thread woke. */
  readonly lateWakeups: number;
  readonly guardChanges: number;
  readonly eventsDropped: number;
  readonly maxLatenessNs: number;
  /** Spent inside NVML by the sampler's threads: time in the quick lane, whose calls are short; CPU in the others, whose calls may sleep. */
  readonly insideCallsNs: number;
}

export function parseEvents(json: string): readonly SamplerEvent[] {
  return z.array(samplerEvent).parse(JSON.parse(json));
}

export function parseDescription(json: string): SamplerDescription {
  return description.parse(JSON.parse(json));
}
