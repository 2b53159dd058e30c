import { NVML_PERSONAS } from '@fluidscope/nvml-sim';
import { ENGINE_PROFILE_NAMES, GPU_BOARD_NAMES, SCHEDULING_POLICIES } from '@fluidscope/serving-sim';
import type { Command } from 'commander';

export interface SimFlags {
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

export const PROFILES = [...ENGINE_PROFILE_NAMES, 'fixed'] as const;

export function withSimFlags(command: Command): Command {
  return withScenarioFlags(withGpuFlags(withEngineFlags(withServerFlags(command))));
}

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
