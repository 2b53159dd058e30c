import { z } from 'zod';

const absent = z.looseObject({ metric: z.string(), reason: z.string() });

/** What the agent measured of one metric of one GPU, or of the host. */
const measuredMetric = z.looseObject({
  metric: z.string(),
  /** Median time between changes of the value: the sensor's real period; null where it did not change often enough to tell. */
  refresh_median_ns: z.number().nullable(),
  refresh_p10_ns: z.number().nullable().optional(),
  call_p50_ns: z.number().optional(),
  call_p99_ns: z.number().optional(),
});

const gpu = z.looseObject({
  /** What stands in a sample's `gpuIndex`. */
  index: z.int().min(0).max(0xfffe),
  uuid: z.string(),
  name: z.string(),
  pci_bus_id: z.string().optional(),
  /** `ready`, or the sampler's word for what is wrong. */
  state: z.string(),
  detail: z.string().optional(),
  mig_instance_ids: z.array(z.number()).optional(),
  /** What this GPU does not give, and why. */
  absent: z.array(absent),
  metrics: z.array(measuredMetric),
});

/** Where GPU samples come from: the native sampler, nvidia-smi, or nothing. */
const gpuSource = z.looseObject({
  kind: z.enum(['nvml', 'nvidia_smi', 'none']),
  /** `ready`, or the sampler's word for what is wrong. */
  state: z.string(),
  detail: z.string(),
  library: z.string().optional(),
  driver_version: z.string().optional(),
  nvml_version: z.string().optional(),
  fast_hz: z.number().optional(),
});

const host = z.looseObject({
  absent: z.array(absent),
  metrics: z.array(measuredMetric),
  /** What a sample's `subId` names, by kind of number: `{"interface": {"1": "eth0"}, "process": {"4711": "vllm"}}`. */
  sub_labels: z.record(z.string(), z.record(z.string(), z.string())).optional(),
});

/**
 * What an agent says of itself: `GET /v1/describe`, and in the link's `hello` and `description` messages. snake_case, for it is
 * JSON on the wire and in the trace as it is here. Fields that a newer agent adds are kept.
 */
export const agentDescriptionSchema = z.looseObject({
  /** `<hostname>-<8 hex of a hash of the boot id>`: one boot of one host, and so one monotonic clock. */
  agent_id: z.string().min(1).max(300),
  hostname: z.string(),
  versions: z.record(z.string(), z.string()),
  gpu_source: gpuSource,
  gpus: z.array(gpu).max(4096),
  host: host.optional(),
});

export type AgentDescription = z.infer<typeof agentDescriptionSchema>;

/**
 * What of a description is worth telling anew: all but the cost of calls, which moves with every reading, and what is measured of the
 * host's metrics.
 */
export function descriptionKey({ host, ...rest }: AgentDescription): string {
  const key = { ...rest, host: host && { absent: host.absent, sub_labels: host.sub_labels } };
  return JSON.stringify(key, (name, value: unknown) => (CALL_COSTS.has(name) ? undefined : value));
}

const CALL_COSTS: ReadonlySet<string> = new Set(['call_p50_ns', 'call_p99_ns']);
