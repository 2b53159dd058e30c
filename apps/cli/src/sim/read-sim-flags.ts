import { migProblem, type EngineChoice, type GpuOptions, type LlmSimOptions } from '@fluidscope/llm-sim';
import { NVML_PERSONAS } from '@fluidscope/nvml-sim';
import type { Scenario } from '@fluidscope/scenario';
import { GPU_BOARD_NAMES, SCHEDULING_POLICIES, type EngineProfileName } from '@fluidscope/serving-sim';
import { isIP } from 'node:net';
import { FlagReader } from '../flag-reader.js';
import { PROFILES, type SimFlags } from './sim-flags.js';

const MAX_GPUS = 64;
/** Four hexadecimal digits of a UUID. */
const MAX_GPU_HOST = 0xffff;
const MAX_PORT = 65_535;
const MAX_SEED = 0xffff_ffff;
/** Every problem at once. */
export function readSimFlags(flags: SimFlags): LlmSimOptions {
  const reader = new FlagReader();
  if (flags.allowRemote !== true && !isLoopback(flags.host)) {
    reader.problem(
      '--host',
      `expected a loopback address (127.0.0.1, ::1, localhost) but received "${flags.host}"; add --allow-remote to let other machines connect`,
    );
  }
  const port = wholeNumberUpTo(MAX_PORT, { reader, flag: '--port', text: flags.port });
  const seed = wholeNumberUpTo(MAX_SEED, { reader, flag: '--seed', text: flags.seed });
  const engine = readEngine(flags, reader);
  const gpus = readGpus(flags, reader);
  const rateLimit = readRateLimit(flags, reader);
  checkScenarioFlags(flags, reader);
  reader.finish('sim');
  return {
    engine,
    host: flags.host,
    port: port ?? 0,
    seed: seed ?? 0,
    ...(gpus === undefined ? {} : { gpus }),
    ...(rateLimit === undefined ? {} : { rateLimit }),
    ...(flags.model === undefined ? {} : { model: flags.model }),
    ...(flags.truth === undefined ? {} : { truthFile: flags.truth }),
  };
}

function readRateLimit(flags: SimFlags, reader: FlagReader): LlmSimOptions['rateLimit'] {
  const requestsPerS = reader.positiveNumber('--rate-limit', flags.rateLimit);
  const burstCount = reader.wholeNumber('--rate-limit-burst', flags.rateLimitBurst, 1);
  const retryAfter = reader.choice('--retry-after', flags.retryAfter, ['seconds', 'date'] as const);
  if (flags.rateLimit === undefined && flags.rateLimitBurst !== undefined)
    reader.problem('--rate-limit-burst', 'expected --rate-limit beside it');
  if (requestsPerS === undefined) return undefined;
  return { requestsPerS, ...(burstCount && { burstCount }), ...(retryAfter && { retryAfter }) };
}

function checkScenarioFlags(
  { scenario, virtual, output, gpus, faultLog }: SimFlags,
  reader: FlagReader,
): void {
  if (virtual === true && scenario === undefined)
    reader.problem('--virtual', 'expected --scenario with it: only a scenario runs in virtual time');
  if (virtual === true && output === undefined)
    reader.problem('--virtual', 'expected --output with it: the trace to write');
  if (virtual !== true && output !== undefined)
    reader.problem('--output', 'expected --virtual with it: a served engine writes no trace');
  if (scenario !== undefined && gpus !== undefined)
    reader.problem('--gpus', 'expected no such flag with --scenario: the file says what it runs on');
  if (virtual === true && faultLog !== undefined)
    reader.problem('--fault-log', 'expected no such flag with --virtual: --truth tells of the faults');
}

function readGpus(flags: SimFlags, reader: FlagReader): GpuOptions | undefined {
  if (flags.gpus === undefined) return undefined;
  if (flags.profile === 'fixed')
    return reader.problem('--gpus', 'expected another --profile than fixed: it has no work for GPUs');
  const gpuCount = wholeNumberUpTo(MAX_GPUS, { reader, flag: '--gpus', text: flags.gpus });
  if (gpuCount === 0) reader.problem('--gpus', 'expected at least 1 but received 0');
  const others = flags.gpuReplica ?? '0';
  const replicaGpuCount = wholeNumberUpTo(MAX_GPUS, { reader, flag: '--gpu-replica', text: others }) ?? 0;
  if ((gpuCount ?? 0) + replicaGpuCount > MAX_GPUS)
    reader.problem('--gpu-replica', `expected at most ${MAX_GPUS} GPUs in all`);
  const board = reader.choice('--gpu-board', flags.gpuBoard, GPU_BOARD_NAMES) ?? 'h100';
  const migSlices = (flags.gpuMig?.split(',') ?? []).map(Number);
  const cutProblem = migProblem(board, migSlices);
  if (cutProblem !== undefined) reader.problem('--gpu-mig', cutProblem);
  const persona = reader.choice('--gpu-persona', flags.gpuPersona, NVML_PERSONAS) ?? '595';
  return {
    board,
    migSlices,
    gpuCount: gpuCount ?? 1,
    replicaGpuCount,
    hostIndex: wholeNumberUpTo(MAX_GPU_HOST, { reader, flag: '--gpu-host', text: flags.gpuHost }) ?? 0,
    persona: NVML_PERSONAS.indexOf(persona),
    statePath: flags.gpuState ?? `/dev/shm/fluidscope-gpus-${process.pid}`,
    ...(flags.faultLog === undefined ? {} : { faultLogFile: flags.faultLog }),
    ...(flags.gpuTruth === undefined ? {} : { truthFile: flags.gpuTruth }),
  };
}

function wholeNumberUpTo(
  cap: number,
  { reader, flag, text }: { reader: FlagReader; flag: string; text: string },
): number | undefined {
  const value = reader.wholeNumber(flag, text, 0);
  if (value === undefined || value <= cap) return value;
  return reader.problem(flag, `expected at most ${cap} but received ${value}`);
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

function readEngine(flags: SimFlags, reader: FlagReader): EngineChoice {
  const profile = reader.choice('--profile', flags.profile, PROFILES) ?? 'h100-llama3-8b';
  return profile === 'fixed' ? readFixed(flags, reader) : readProfile(profile, flags, reader);
}

function readFixed(flags: SimFlags, reader: FlagReader): EngineChoice {
  for (const [flag, text] of [
    ['--policy', flags.policy],
    ['--max-num-seqs', flags.maxNumSeqs],
    ['--max-num-batched-tokens', flags.maxNumBatchedTokens],
    ['--kv-blocks', flags.kvBlocks],
    ['--no-prefix-caching', flags.prefixCaching ? undefined : ''],
  ] as const) {
    if (text !== undefined)
      reader.problem(flag, 'expected no such flag with --profile fixed: it has no scheduler');
  }
  const maxModelTokens = reader.wholeNumber('--max-model-len', flags.maxModelLen, 2);
  return {
    kind: 'fixed',
    ttftNs: reader.duration('--ttft', flags.ttft ?? '100ms') ?? 0,
    tbtNs: reader.duration('--tbt', flags.tbt ?? '20ms') ?? 0,
    ...(maxModelTokens === undefined ? {} : { maxModelTokens }),
  };
}

function readProfile(profile: EngineProfileName, flags: SimFlags, reader: FlagReader): EngineChoice {
  for (const [flag, text] of [
    ['--ttft', flags.ttft],
    ['--tbt', flags.tbt],
  ] as const) {
    if (text !== undefined)
      reader.problem(flag, 'expected only with --profile fixed: other profiles compute it');
  }
  const policy =
    flags.policy === undefined ? undefined : reader.choice('--policy', flags.policy, SCHEDULING_POLICIES);
  return {
    kind: 'profile',
    profile,
    overrides: {
      policy,
      maxSequenceCount: reader.wholeNumber('--max-num-seqs', flags.maxNumSeqs, 1),
      maxBatchedTokens: reader.wholeNumber('--max-num-batched-tokens', flags.maxNumBatchedTokens, 1),
      maxModelTokens: reader.wholeNumber('--max-model-len', flags.maxModelLen, 2),
      kvBlockCount: reader.wholeNumber('--kv-blocks', flags.kvBlocks, 1),
      prefixCaching: flags.prefixCaching,
    },
  };
}

/** Engine and GPUs of a scenario's first replica. */
export function servedScenario(
  { engine, gpus }: Scenario,
  { gpuState, gpuTruth, faultLog }: SimFlags,
): Pick<LlmSimOptions, 'engine' | 'gpus'> {
  return {
    engine: { kind: 'profile', profile: engine.profile, overrides: engine.overrides },
    gpus: {
      board: gpus.board,
      gpuCount: gpus.countPerReplica,
      statePath: gpuState ?? `/dev/shm/fluidscope-gpus-${process.pid}`,
      ...(faultLog === undefined ? {} : { faultLogFile: faultLog }),
      ...(gpuTruth === undefined ? {} : { truthFile: gpuTruth }),
    },
  };
}
