import {
  migProblem,
  startLlmSim,
  type EngineChoice,
  type LlmSim,
  type GpuOptions,
  type LlmSimOptions,
} from '@fluidscope/llm-sim';
import { NVML_PERSONAS } from '@fluidscope/nvml-sim';
import {
  ENGINE_PROFILE_NAMES,
  GPU_BOARD_NAMES,
  SCHEDULING_POLICIES,
  type EngineProfileName,
} from '@fluidscope/serving-sim';
import type { Scenario } from '@fluidscope/scenario';
import type { Command } from 'commander';
import { isIP } from 'node:net';
import type { CliContext } from '../cli-context.js';
import { FlagReader } from '../flag-reader.js';
import type { RegisterCommand } from '../register-command.js';
import { libraryJson, libraryText } from '../sim/simulated-library.js';
import { playScenario, type PlayedScenario } from '../sim/play-scenario.js';
import { readScenario } from '../sim/read-scenario.js';
import { runVirtualScenario, virtualScenarioText } from '../sim/virtual-scenario.js';

interface SimFlags {
  readonly host: string;
  readonly port: string;
  readonly allowRemote?: true;
  readonly model?: string;
  readonly profile: string;
  readonly ttft?: string;
  readonly tbt?: string;
  readonly policy?: string;
  readonly maxNumSeqs?: string;
  readonly maxNumBatchedTokens?: string;
  readonly maxModelLen?: string;
  readonly kvBlocks?: string;
  readonly prefixCaching: boolean;
  readonly rateLimit?: string;
  readonly rateLimitBurst?: string;
  readonly retryAfter: string;
  readonly seed: string;
  readonly truth?: string;
  readonly gpus?: string;
  readonly gpuBoard: string;
  readonly gpuPersona: string;
  readonly gpuState?: string;
  readonly gpuReplica?: string;
  readonly gpuMig?: string;
  readonly gpuHost: string;
  readonly gpuTruth?: string;
  readonly faultLog?: string;
  readonly scenario?: readonly string[];
  readonly virtual?: true;
  readonly output?: string;
  readonly json?: true;
  readonly quiet?: true;
}

const MAX_GPUS = 64;
/** Four hexadecimal digits of a UUID. */
const MAX_GPU_HOST = 0xffff;
const MAX_PORT = 65_535;
const MAX_SEED = 0xffff_ffff;
const PROFILES = [...ENGINE_PROFILE_NAMES, 'fixed'] as const;

const EXAMPLES = `
Examples:
  An engine like vLLM on an H100, on port 8000:
    $ fluidscope sim

  A smaller GPU that prefills whole prompts first, so that decodes stall:
    $ fluidscope sim --profile a100-llama3-8b --policy prefill-first

  Little KV memory, so that requests are preempted under load:
    $ fluidscope sim --kv-blocks 2000 --max-model-len 8192

  A ruler for clients: exact schedules, every write logged, any free port, its address as JSON:
    $ fluidscope sim --profile fixed --ttft 100ms --tbt 20ms --truth truth.csv --port 0 --json

  A scenario's faults on a served engine, and the same scenario in virtual time into a trace with the truth beside it:
    $ fluidscope sim --scenario pause.yaml
    $ fluidscope sim --scenario pause.yaml --virtual -o pause.duckdb --truth pause.truth.json

Endpoints: POST /v1/chat/completions, POST /v1/completions, GET /v1/models, /health, /metrics (vLLM's names).
Prompts count one token a word. An answer is max_tokens long with ignore_eos, else a seeded length up to max_tokens.
Ctrl-C ends every stream and completes the truth file.`;

/** `fluidscope sim`: the simulated serving engine, until interrupted. */
export const registerSimCommand: RegisterCommand = (program, context) => {
  withScenarioFlags(withGpuFlags(withEngineFlags(withServerFlags(program.command('sim')))))
    .description('Serve a simulated LLM engine with OpenAI-compatible endpoints, in real time.')
    .addHelpText('after', EXAMPLES)
    .action((flags: SimFlags) => runSim(flags, context));
};

function withServerFlags(command: Command): Command {
  return command
    .option('--host <address>', 'address to listen on; loopback unless --allow-remote', '127.0.0.1')
    .option('--port <port>', 'port to listen on; 0 for any free one', '8000')
    .option('--allow-remote', 'let other machines connect; there is no authentication')
    .option('--model <name>', 'name to serve the model under (default: meta-llama/Llama-3.1-8B-Instruct)')
    .option(
      '--rate-limit <rps>',
      'refuse what comes faster with status 429, as a provider does (default: no limit)',
    )
    .option('--rate-limit-burst <count>', 'with --rate-limit: requests at once after a rest (default: 1)')
    .option(
      '--retry-after <form>',
      'with --rate-limit: how the time to wait is told: seconds or date',
      'seconds',
    )
    .option('--seed <number>', 'of step noise and answer lengths', '0')
    .option(
      '--truth <file>',
      'log the monotonic time of each token’s write as CSV, or with --virtual what each fault cost as JSON; the file must not exist',
    )
    .option('--json', 'print the address as one line of JSON')
    .option('--quiet', 'print no warnings');
}

function withEngineFlags(command: Command): Command {
  return command
    .option('--profile <name>', `engine: ${PROFILES.join(', ')}`, 'h100-llama3-8b')
    .option('--policy <name>', `scheduling: ${SCHEDULING_POLICIES.join(', ')} (default: chunked)`)
    .option('--max-num-seqs <n>', 'requests running at once (default: the profile’s)')
    .option('--max-num-batched-tokens <n>', 'tokens in one iteration (default: the profile’s)')
    .option('--max-model-len <n>', 'tokens of prompt and answer together (default: the profile’s)')
    .option('--kv-blocks <n>', 'KV memory, in blocks of 16 tokens (default: the profile’s)')
    .option('--no-prefix-caching', 'compute every prompt from its start')
    .option('--ttft <time>', 'profile fixed: from a request’s arrival to its first token, such as 100ms')
    .option('--tbt <time>', 'profile fixed: from each token to the next, such as 20ms');
}

function withGpuFlags(command: Command): Command {
  return command
    .option('--gpus <n>', 'simulate this many GPUs under the engine, for an agent on this machine to see')
    .option('--gpu-board <name>', `with --gpus: ${GPU_BOARD_NAMES.join(', ')}`, 'h100')
    .option('--gpu-persona <name>', `with --gpus: driver to imitate: ${NVML_PERSONAS.join(', ')}`, '595')
    .option('--gpu-state <file>', 'with --gpus: the state file; must not exist (default: in /dev/shm)')
    .option(
      '--gpu-replica <n>',
      'with --gpus: further GPUs, on which another replica serves a load of its own',
    )
    .option(
      '--gpu-mig <slices>',
      'with --gpus: cut each GPU into MIG instances of so many slices, such as 4,3 (h100, a100)',
    )
    .option('--gpu-host <n>', 'with --gpus: number of this host; keeps the UUIDs of several apart', '0')
    .option(
      '--gpu-truth <file>',
      'with --gpus: log what each GPU really does, and each fault, as NDJSON; the file must not exist',
    )
    .option(
      '--fault-log <file>',
      'with --gpus: append each fault of POST /sim/faults with its instant as NDJSON',
    );
}

function withScenarioFlags(command: Command): Command {
  return command
    .option('--scenario <file...>', 'play a scenario; files after the first are laid over it')
    .option('--virtual', 'with --scenario: in virtual time into the trace --output, instead of serving')
    .option('-o, --output <file>', 'with --virtual: the trace to write; must not exist');
}

async function runSim(flags: SimFlags, context: CliContext): Promise<void> {
  const scenario = flags.scenario === undefined ? undefined : await readScenario(flags.scenario);
  const options = { ...readFlags(flags), ...(scenario && servedScenario(scenario, flags)) };
  if (flags.virtual === true && scenario !== undefined) return runVirtual(scenario, flags, context);
  return serve(options, { scenario, flags, context });
}

async function runVirtual(scenario: Scenario, flags: SimFlags, { stdout }: CliContext): Promise<void> {
  const result = await runVirtualScenario({
    scenario,
    seed: Number(flags.seed),
    tracePath: flags.output ?? '',
    truthPath: flags.truth,
  });
  stdout.write(`${flags.json === true ? JSON.stringify(result) : virtualScenarioText(result)}\n`);
}

async function serve(
  options: LlmSimOptions,
  { scenario, flags, context }: { scenario: Scenario | undefined; flags: SimFlags; context: CliContext },
): Promise<void> {
  const { stdout, stderr, interrupted } = context;
  let played: PlayedScenario | undefined;
  const sim = await startLlmSim({
    ...options,
    onFirstRequest: (atNs) => played?.begin(atNs),
    onWarning: (message) => {
      if (flags.quiet !== true) stderr.write(`warning: ${message}\n`);
    },
  });
  if (scenario !== undefined && sim.control !== undefined) {
    played = playScenario(scenario, { seed: options.seed ?? 0, control: sim.control });
    if (flags.quiet !== true) stderr.write(`notice: ${played.notice}\n`);
  }
  stdout.write(`${flags.json === true ? describeAsJson(sim, options, flags) : describe(sim, flags)}\n`);
  if (options.gpus !== undefined && flags.json !== true) stdout.write(`${libraryText(options.gpus)}\n`);
  if (!interrupted.aborted) {
    await new Promise<void>((resolve) => {
      interrupted.addEventListener('abort', () => resolve(), { once: true });
    });
  }
  played?.stop();
  await sim.close();
}

function describe({ url, model }: LlmSim, { profile, policy }: SimFlags): string {
  const engine = profile === 'fixed' ? 'fixed schedules' : `${profile}, ${policy ?? 'chunked'}`;
  return `Serving ${model} (simulated: ${engine}) at ${url}`;
}

function describeAsJson(
  { url, host, port, model, maxModelTokens }: LlmSim,
  { gpus }: LlmSimOptions,
  { profile }: SimFlags,
): string {
  return JSON.stringify({
    url,
    host,
    port,
    model,
    profile,
    max_model_len: maxModelTokens,
    pid: process.pid,
    ...(gpus === undefined ? {} : { gpu_state: gpus.statePath, ...libraryJson(gpus) }),
  });
}

function readFlags(flags: SimFlags): LlmSimOptions {
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

/** Engine and GPUs of a scenario's first replica. */
function servedScenario(
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
