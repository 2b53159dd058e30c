import { ENGINE_PROFILE_NAMES, GPU_BOARD_NAMES, SCHEDULING_POLICIES } from '@fluidscope/serving-sim';
import { durationNs } from '@fluidscope/units';
import { z } from 'zod';
import { faultSchema } from './fault-schema.js';
import { duration, lengths, ratio, signedDuration, stages, wholeFrom } from './fields.js';
import type { AgentTelemetry, Load, Scenario, Telemetry } from './scenario.js';

const rate = z.number().positive().max(100_000);
const replicas = z.array(wholeFrom(0, 63)).min(1).optional();
const PROFILES = ENGINE_PROFILE_NAMES as unknown as readonly ['h100-llama3-8b', 'a100-llama3-8b'];

const arrivals = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('constant'), rate }),
  z.strictObject({ kind: z.literal('poisson'), rate }),
  z.strictObject({ kind: z.literal('gamma'), rate, burstiness: z.number().min(0.001).max(1e6) }),
  z.strictObject({
    kind: z.literal('stages'),
    stages,
    process: z.enum(['constant', 'poisson']).default('poisson'),
  }),
  z.strictObject({ kind: z.literal('closed_loop'), concurrency: wholeFrom(1, 10_000) }),
]);

const load = z.strictObject({
  arrivals,
  warmup_requests: wholeFrom(0).default(0),
  prompt_tokens: lengths,
  output_tokens: lengths,
  shared_prefix_tokens: wholeFrom(0).default(0),
  replicas,
});

const agents = z.strictObject({
  replicas,
  gpu: z.boolean().default(true),
  host: z.boolean().default(true),
  fast_rate: z.union([z.literal(10), z.literal(20), z.literal(50), z.literal(100)]).default(100),
  clock: z
    .strictObject({
      offset: signedDuration.default(0),
      drift_ppm: z.number().min(-500).max(500).default(3),
      step: signedDuration.default(0),
      step_at: duration.optional(),
      round_trip: duration.default(150_000),
      asymmetry: signedDuration.default(0),
    })
    .prefault({}),
  drop: z.strictObject({ ratio, with_load: z.boolean().default(false) }).prefault({ ratio: 0 }),
  dead: z.strictObject({ from: duration, to: duration }).optional(),
});

const telemetry = z.strictObject({
  stamps: z.enum(['kernel', 'user']).default('kernel'),
  server_metrics: z
    .union([z.literal('off'), z.strictObject({ rate: z.number().min(0.1).max(100) })])
    .prefault({
      rate: 5,
    }),
  agents: z.union([z.literal('off'), agents]).prefault({}),
});

const engine = z.strictObject({
  profile: z.enum(PROFILES).default('h100-llama3-8b'),
  policy: z.enum(SCHEDULING_POLICIES).optional(),
  max_num_seqs: wholeFrom(1).optional(),
  max_num_batched_tokens: wholeFrom(1).optional(),
  max_model_len: wholeFrom(2).optional(),
  kv_blocks: wholeFrom(1).optional(),
  block_size: wholeFrom(1).optional(),
  prefix_caching: z.boolean().optional(),
  draft_tokens: wholeFrom(0, 64).optional(),
  accepted_tokens_ratio: ratio.optional(),
  step_noise: z.number().min(0).max(0.5).optional(),
});

/** The form of a scenario file. What its parts must agree on is checked by `parseScenario`. */
export const scenarioSchema = z.strictObject({
  name: z.string().min(1).max(200),
  /** For readers. */
  about: z.string().optional(),
  duration,
  deadlines: z.strictObject({ ttft: duration, tbt: duration }),
  engine: engine.prefault({}),
  replicas: wholeFrom(1, 64).default(1),
  gpus: z
    .strictObject({ board: z.enum(GPU_BOARD_NAMES).optional(), per_replica: wholeFrom(1, 64).default(1) })
    .prefault({}),
  load,
  background: z.array(load).default([]),
  telemetry: telemetry.prefault({}),
  faults: z.array(faultSchema).default([]),
});

type CheckedScenario = z.output<typeof scenarioSchema>;

/** All but the faults, as the simulation takes it. */
export function toScenario(checked: CheckedScenario): Omit<Scenario, 'faults'> {
  const { engine: given, gpus } = checked;
  return {
    name: checked.name,
    durationNs: checked.duration,
    deadlines: {
      ttftDeadlineNs: durationNs(checked.deadlines.ttft),
      tbtDeadlineNs: durationNs(checked.deadlines.tbt),
    },
    engine: {
      profile: given.profile,
      stepNoiseRatio: given.step_noise,
      overrides: {
        policy: given.policy,
        maxSequenceCount: given.max_num_seqs,
        maxBatchedTokens: given.max_num_batched_tokens,
        maxModelTokens: given.max_model_len,
        kvBlockCount: given.kv_blocks,
        blockTokens: given.block_size,
        prefixCaching: given.prefix_caching,
        draftTokens: given.draft_tokens,
        acceptanceRatio: given.accepted_tokens_ratio,
      },
    },
    replicaCount: checked.replicas,
    gpus: {
      board: gpus.board ?? (given.profile === 'a100-llama3-8b' ? 'a100' : 'h100'),
      countPerReplica: gpus.per_replica,
    },
    load: toLoad(checked.load),
    background: checked.background.map(toLoad),
    telemetry: toTelemetry(checked.telemetry),
  };
}

function toLoad(checked: z.output<typeof load>): Load {
  return {
    arrivals: toArrivals(checked.arrivals),
    warmupRequestCount: checked.warmup_requests,
    promptLengths: checked.prompt_tokens,
    outputLengths: checked.output_tokens,
    sharedPrefixTokens: checked.shared_prefix_tokens,
    replicaIndexes: checked.replicas,
  };
}

function toArrivals(given: z.output<typeof arrivals>): Load['arrivals'] {
  switch (given.kind) {
    case 'constant':
    case 'poisson':
      return { kind: given.kind, ratePerS: given.rate };
    case 'gamma':
      return { kind: 'gamma', ratePerS: given.rate, burstiness: given.burstiness };
    case 'stages':
      return { kind: 'stages', process: { kind: given.process }, stages: given.stages };
    case 'closed_loop':
      return { kind: 'closed_loop', concurrencyCount: given.concurrency };
  }
}

function toTelemetry(checked: z.output<typeof telemetry>): Telemetry {
  return {
    stamps: checked.stamps,
    serverMetrics:
      checked.server_metrics === 'off' ? undefined : { scrapesPerS: checked.server_metrics.rate },
    agents: checked.agents === 'off' ? undefined : toAgents(checked.agents),
  };
}

function toAgents(checked: z.output<typeof agents>): AgentTelemetry {
  const { clock, drop, dead } = checked;
  return {
    replicaIndexes: checked.replicas,
    gpu: checked.gpu,
    host: checked.host,
    fastPerS: checked.fast_rate,
    clock: {
      offsetNs: clock.offset,
      driftPpm: clock.drift_ppm,
      stepNs: clock.step,
      stepAtNs: clock.step_at,
      roundTripNs: clock.round_trip,
      asymmetryNs: clock.asymmetry,
    },
    dropRatio: drop.ratio,
    dropWithLoad: drop.with_load,
    deadFromNs: dead?.from,
    deadToNs: dead?.to,
  };
}
