import { gpuConditionSchema } from '@fluidscope/serving-sim';
import { gpuMetricByName } from '@fluidscope/trace-schema';
import { z } from 'zod';
import type { Effect, Fault } from './fault.js';
import { duration, lengths, ratio, wholeFrom } from './fields.js';

const MS = 1_000_000;

/** What every fault may say of itself and of its time. */
const COMMON = {
  id: z
    .string()
    .regex(/^[a-z0-9][a-z0-9_-]*$/, { error: 'a name of small letters, digits, - and _,' })
    .optional(),
  replica: wholeFrom(0, 63).optional(),
  at: duration.optional(),
  for: duration.optional(),
  every: duration.optional(),
  until: duration.optional(),
  spread: duration.optional(),
};

const gpu = wholeFrom(0, 63).optional();

const effect = <Kind extends string, Shape extends z.core.$ZodShape>(kind: Kind, shape: Shape) =>
  z.strictObject({ kind: z.literal(kind), ...COMMON, ...shape });

/** What takes hold of an engine: its process, its steps, its limits, and what its requests wait for. */
const engineSchema = z.discriminatedUnion('kind', [
  effect('engine_pause', { pause: duration, every_steps: wholeFrom(1).optional() }),
  effect('shape_pause', { pause: duration }),
  effect('host_cost', {
    per_sequence: duration.default(0),
    pressure: ratio.default(0),
    steal: ratio.default(0),
    runnable_tasks: wholeFrom(0, 10_000).default(0),
  }),
  effect('host_memory', {
    per_step: duration.default(0),
    pressure: ratio.default(0),
    faults_per_s: z.number().min(0).max(1e6).default(0),
    remote: ratio.default(0),
  }),
  effect('graph_limit', { captured: wholeFrom(1, 10_000), launch: duration }),
  effect('step_time', { factor: z.number().min(0.01).max(1_000).default(1), extra: duration.default(0) }),
  effect('batched_tokens', { tokens: wholeFrom(1) }),
  effect('kv_blocks', { blocks: wholeFrom(1) }),
  effect('accepted_tokens', { ratio }),
  effect('prefix_lost', { ratio: ratio.default(1) }),
  effect('schema_compiled', { compile: duration, ratio: ratio.default(1) }),
  effect('prompt_kv_moved', { base: duration.default(0), per_token: duration, ratio: ratio.default(1) }),
]);

/** What acts on requests, on their way to the client, on the client, or on what is seen. */
const outsideSchema = z.discriminatedUnion('kind', [
  effect('prompt_storm', {
    requests: wholeFrom(1, 10_000),
    prompt_tokens: lengths,
    output_tokens: lengths.default({ kind: 'fixed', lengthTokens: 16 }),
    from: z.enum(['client', 'others']).default('client'),
  }),
  effect('packet_loss', { ratio, retransmit: duration.default(200 * MS), streams: ratio.default(1) }),
  effect('delayed_ack', { delay: duration.default(40 * MS) }),
  effect('output_buffered', { bytes: wholeFrom(1).default(4_096) }),
  effect('tokens_per_chunk', { tokens: wholeFrom(1, 10_000) }),
  effect('api_blocked', { block: duration }),
  effect('client_blocked', { block: duration }),
  effect('sensor_reads', {
    gpu,
    metric: z.string().refine((name) => gpuMetricByName(name) !== undefined, { error: 'a GPU metric' }),
    value: z.number(),
  }),
]);

/** The conditions of a simulated GPU, each with the common fields; `gpu` absent means all GPUs of the replica. */
const gpuSchemas = gpuConditionSchema.options.map((option) => option.extend({ ...COMMON, gpu }));

/** Checks one fault of a file; what it gives is read again by `toFault`. */
export const faultSchema = z.discriminatedUnion('kind', [
  ...engineSchema.options,
  ...outsideSchema.options,
  ...gpuSchemas,
]);

/** A fault that `faultSchema` found right, as the simulation takes it. `id` names it where it does not name itself. */
export function toFault(checked: unknown, id: string): Fault {
  const onEngine = engineSchema.safeParse(checked);
  if (onEngine.success) return { ...commonOf(onEngine.data, id), effect: engineEffect(onEngine.data) };
  const outside = outsideSchema.safeParse(checked);
  if (outside.success) return { ...commonOf(outside.data, id), effect: outsideEffect(outside.data) };
  const { gpu: gpuIndex, ...rest } = z.looseObject({ ...COMMON, gpu }).parse(checked);
  const condition = Object.fromEntries(Object.entries(rest).filter(([name]) => !(name in COMMON)));
  return {
    ...commonOf(rest, id),
    effect: { kind: 'gpu', condition: gpuConditionSchema.parse({ ...condition, gpu: 0 }), gpuIndex },
  };
}

type Common = { readonly [Key in keyof typeof COMMON]?: z.output<(typeof COMMON)[Key]> };

function commonOf(fault: Common, id: string): Omit<Fault, 'effect'> {
  return {
    id: fault.id ?? id,
    replicaIndex: fault.replica,
    timing: {
      atNs: fault.at ?? 0,
      forNs: fault.for,
      everyNs: fault.every,
      untilNs: fault.until,
      spreadNs: fault.spread ?? 0,
    },
  };
}

function engineEffect(fault: z.output<typeof engineSchema>): Effect {
  const { kind } = fault;
  switch (kind) {
    case 'engine_pause':
      return { kind, pauseNs: fault.pause, everyStepsCount: fault.every_steps };
    case 'shape_pause':
      return { kind, pauseNs: fault.pause };
    case 'host_cost':
      return {
        kind,
        perSequenceNs: fault.per_sequence,
        pressureRatio: fault.pressure,
        stealRatio: fault.steal,
        runnableCount: fault.runnable_tasks,
      };
    case 'host_memory':
      return {
        kind,
        perStepNs: fault.per_step,
        pressureRatio: fault.pressure,
        faultsPerS: fault.faults_per_s,
        remoteRatio: fault.remote,
      };
    case 'graph_limit':
      return { kind, capturedCount: fault.captured, launchNs: fault.launch };
    case 'step_time':
      return { kind, factorRatio: fault.factor, extraNs: fault.extra };
    case 'batched_tokens':
      return { kind, limitTokens: fault.tokens };
    case 'kv_blocks':
      return { kind, remainingCount: fault.blocks };
    case 'accepted_tokens':
      return { kind, ratio: fault.ratio };
    case 'prefix_lost':
      return { kind, ratio: fault.ratio };
    case 'schema_compiled':
      return { kind, compileNs: fault.compile, ratio: fault.ratio };
    case 'prompt_kv_moved':
      return { kind, baseNs: fault.base, perTokenNs: fault.per_token, ratio: fault.ratio };
  }
}

function outsideEffect(fault: z.output<typeof outsideSchema>): Effect {
  const { kind } = fault;
  switch (kind) {
    case 'prompt_storm':
      return {
        kind,
        requestCount: fault.requests,
        promptLengths: fault.prompt_tokens,
        outputLengths: fault.output_tokens,
        from: fault.from,
      };
    case 'packet_loss':
      return { kind, ratio: fault.ratio, retransmitNs: fault.retransmit, streamRatio: fault.streams };
    case 'delayed_ack':
      return { kind, delayNs: fault.delay };
    case 'output_buffered':
      return { kind, sizeBytes: fault.bytes };
    case 'tokens_per_chunk':
      return { kind, chunkTokens: fault.tokens };
    case 'api_blocked':
      return { kind, blockNs: fault.block };
    case 'client_blocked':
      return { kind, blockNs: fault.block };
    case 'sensor_reads':
      return { kind, metric: fault.metric, value: fault.value, gpuIndex: fault.gpu };
  }
}
