import { readLogStamp, type LogStamp } from './log-stamp.js';

/** One engine step, as vLLM logs it with `--enable-logging-iteration-details`. */
export interface LoggedStep {
  readonly kind: 'step';
  readonly contextTokens: number;
  readonly generationTokens: number;
  readonly elapsedNs: number;
  /** Releases since the middle of 2026 say it. */
  readonly kvCacheUsageRatio: number | undefined;
}

/** What vLLM's stats logger says every ten seconds, or as `VLLM_LOG_STATS_INTERVAL` says. */
export interface LoggedStats {
  readonly kind: 'stats';
  readonly runningCount: number;
  readonly waitingCount: number;
  readonly kvCacheUsageRatio: number | undefined;
  readonly prefixCacheHitRatio: number | undefined;
  /** Since the line before; `undefined`: not said, which recent releases do where there were none. */
  readonly preemptionsCount: number | undefined;
}

export const ENGINE_LOG_EVENTS = [
  'engine_jit_compile',
  'engine_compile',
  'engine_graph_capture',
  'engine_gc',
] as const;

export type EngineLogEventKind = (typeof ENGINE_LOG_EVENTS)[number];

/** Something that took the engine's process, told when it was over. */
export interface LoggedEvent {
  readonly kind: EngineLogEventKind;
  /** `undefined`: the line does not say how long it took. */
  readonly tookNs: number | undefined;
  /** The kernel, the phase of compiling, the generation collected. */
  readonly what: string | undefined;
}

export interface EngineLogLine {
  readonly stamp: LogStamp;
  /** Of data-parallel engines; 0 where there is one. */
  readonly engineIndex: number;
  readonly entry: LoggedStep | LoggedStats | LoggedEvent;
}

/** Longer lines are dumps of a configuration. */
const LONGEST_LINE_CHARACTERS = 4_096;
const NS_PER_MS = 1e6;
const NS_PER_S = 1e9;
const NUMBER = String.raw`(\d+(?:\.\d+)?)`;
const COLORS = new RegExp(String.raw`\u001b\[[0-9;]*m`, 'g');
const ENGINE = /EngineCore_DP(\d{1,6})|\bEngine (\d{1,6}):/;
const STEP = new RegExp(
  String.raw`Iteration\(\d+\): (?:\d+) context requests, (\d+) context tokens, (?:\d+) generation requests, (\d+) generation tokens, iteration elapsed time: ${NUMBER} ms`,
);
const STATS = /Running: (\d+) reqs, Waiting: (\d+) reqs/;
const KV_USAGE = new RegExp(`KV cache usage: ${NUMBER}%`);
const PREFIX_HITS = new RegExp(`Prefix cache hit rate: ${NUMBER}%`);
const PREEMPTIONS = /Preemptions: (\d+)/;
/** Of vLLM's JIT monitor, its `VLLM_GC_DEBUG`, its graph capture and torch.compile. The first group is the time, or what it was. */
const JIT = /(?:JIT compilation|autotuning)[^:]{0,80} during inference: ([^\s.(]{1,200})/;
const GC = new RegExp(`GC took ${NUMBER}ms to complete`);
const GC_GENERATION = /GC generation (\d+)/;
const CAPTURE = new RegExp(`Graph capturing finished in ${NUMBER} secs`);
const COMPILE = new RegExp(
  `(torch\\.compile|Compiling a graph[^\\d]{0,80}|Dynamo bytecode transform)(?: takes?| took| time:) ${NUMBER} ?s\\b`,
);

/** What a line says that is understood; `no-stamp` where it says not even when, `other` for everything else that an engine logs. Never throws. */
export function readEngineLogLine(text: string): EngineLogLine | 'no-stamp' | 'other' {
  if (text.length > LONGEST_LINE_CHARACTERS) return 'other';
  const line = text.replace(COLORS, '');
  const stamp = readLogStamp(line);
  if (stamp === undefined) return 'no-stamp';
  const entry = stepOf(line) ?? statsOf(line) ?? eventOf(line);
  const [, core, engine] = ENGINE.exec(line) ?? [];
  return entry === undefined ? 'other' : { stamp, engineIndex: Number(core ?? engine ?? 0), entry };
}

function stepOf(line: string): LoggedStep | undefined {
  const match = STEP.exec(line);
  if (match === null) return undefined;
  const [contextTokens = NaN, generationTokens = NaN, elapsedMs = NaN] = match.slice(1).map(Number);
  return {
    kind: 'step',
    contextTokens,
    generationTokens,
    elapsedNs: elapsedMs * NS_PER_MS,
    kvCacheUsageRatio: ratioOf(KV_USAGE, line),
  };
}

function statsOf(line: string): LoggedStats | undefined {
  const match = STATS.exec(line);
  if (match === null) return undefined;
  const preemptions = PREEMPTIONS.exec(line)?.[1];
  return {
    kind: 'stats',
    runningCount: Number(match[1]),
    waitingCount: Number(match[2]),
    kvCacheUsageRatio: ratioOf(KV_USAGE, line),
    prefixCacheHitRatio: ratioOf(PREFIX_HITS, line),
    preemptionsCount: preemptions === undefined ? undefined : Number(preemptions),
  };
}

function eventOf(line: string): LoggedEvent | undefined {
  const kernel = JIT.exec(line)?.[1];
  if (kernel !== undefined) return { kind: 'engine_jit_compile', tookNs: undefined, what: kernel };
  const gcMs = GC.exec(line)?.[1];
  if (gcMs !== undefined) {
    const generation = GC_GENERATION.exec(line)?.[1];
    const what = generation === undefined ? undefined : `generation ${generation}`;
    return { kind: 'engine_gc', tookNs: Number(gcMs) * NS_PER_MS, what };
  }
  const captureS = CAPTURE.exec(line)?.[1];
  if (captureS !== undefined)
    return { kind: 'engine_graph_capture', tookNs: Number(captureS) * NS_PER_S, what: undefined };
  const [, phase, compileS] = COMPILE.exec(line) ?? [];
  return phase === undefined
    ? undefined
    : { kind: 'engine_compile', tookNs: Number(compileS) * NS_PER_S, what: phase.trim() };
}

function ratioOf(pattern: RegExp, line: string): number | undefined {
  const percent = pattern.exec(line)?.[1];
  return percent === undefined ? undefined : Number(percent) / 100;
}
