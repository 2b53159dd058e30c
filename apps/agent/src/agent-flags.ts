import { FlagReader } from '@fluidscope/flag-reader';
import { SAMPLER_GUARDS, type GpuAgentOptions } from '@fluidscope/gpu-agent';
import { parseListenAddress, readServerGuards } from '@fluidscope/guarded-server';
import { NS_PER_MS } from '@fluidscope/units';
import type { AgentOptions } from './options.js';

export interface AgentFlags {
  readonly listen: string;
  readonly tokenFile?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly insecure?: true;
  readonly allowHost?: readonly string[];
  readonly allowOrigin?: readonly string[];
  readonly maxReaders?: string;
  readonly library?: string;
  readonly fastHz: string;
  readonly flushInterval: string;
  readonly calibration: string;
  readonly stall: string;
  readonly guard: string;
  readonly hostHz: string;
  readonly pid?: readonly string[];
  /** False for `--no-nvidia-smi`. */
  readonly nvidiaSmi: string | false;
  readonly nvidiaSmiInterval: string;
  readonly json?: true;
  readonly quiet?: true;
}

export type Env = Readonly<Record<string, string | undefined>>;

export const TOKEN_VARIABLE = 'FLUIDSCOPE_AGENT_TOKEN';

/** Throws `UsageError` with every problem of the flags, their files and the environment. */
export function readAgentFlags(flags: AgentFlags, env: Env): AgentOptions {
  const reader = new FlagReader();
  const listen = reader.parsed('--listen', flags.listen, parseListenAddress);
  const { token, tls } = readServerGuards(reader, flags, { env, tokenVariable: TOKEN_VARIABLE });
  const maxReadersCount = reader.wholeNumber('--max-readers', flags.maxReaders, 1);
  const gpuAgent = readSampling(flags, reader);
  reader.finish('agent');
  return {
    listen: listen ?? { host: '127.0.0.1', port: 0 },
    ...(token === undefined ? {} : { token }),
    ...(tls === undefined ? {} : { tls }),
    isInsecureAllowed: flags.insecure === true,
    allowedHosts: flags.allowHost ?? [],
    allowedOrigins: flags.allowOrigin ?? [],
    ...(maxReadersCount === undefined ? {} : { linkLimits: { maxReadersCount } }),
    gpuAgent,
  };
}

function readSampling(flags: AgentFlags, reader: FlagReader): GpuAgentOptions {
  const milliseconds = (flag: string, text: string, [low, high]: readonly [number, number]) => {
    const ns = reader.duration(flag, text);
    if (ns === undefined) return low;
    const ms = Math.round(ns / NS_PER_MS);
    if (ms >= low && ms <= high) return ms;
    reader.problem(flag, `expected ${low}ms to ${high}ms but received "${text}"`);
    return low;
  };
  const rate = (flag: string, text: string, high: number) => {
    const hz = reader.positiveNumber(flag, text) ?? 1;
    if (hz >= 1 && hz <= high) return hz;
    reader.problem(flag, `expected 1 to ${high} a second but received "${text}"`);
    return 1;
  };
  const pids = (flags.pid ?? []).map((text) => reader.wholeNumber('--pid', text, 1) ?? 0);
  const smiIntervalMs = milliseconds('--nvidia-smi-interval', flags.nvidiaSmiInterval, [20, 60_000]);
  return {
    sampler: {
      ...(flags.library === undefined ? {} : { library: flags.library }),
      fastHz: rate('--fast-hz', flags.fastHz, 1_000),
      flushIntervalMs: milliseconds('--flush-interval', flags.flushInterval, [1, 1_000]),
      calibrationMs: milliseconds('--calibration', flags.calibration, [0, 60_000]),
      stallMs: milliseconds('--stall', flags.stall, [10, 60_000]),
      guard: reader.choice('--guard', flags.guard, SAMPLER_GUARDS) ?? 'adapt',
    },
    hostHz: rate('--host-hz', flags.hostHz, 50),
    pids,
    nvidiaSmi:
      flags.nvidiaSmi === false ? undefined : { command: flags.nvidiaSmi, intervalMs: smiIntervalMs },
  };
}
