import {
  scoreRequest,
  scoreRun,
  type Deadlines,
  type RunScore,
  type ScoredRequest,
} from '@fluidscope/metrics';
import {
  deadlinesOfFit,
  firstTokenDeadline,
  fitProfilePoints,
  type FirstTokenDeadlines,
} from '@fluidscope/prefill';
import {
  createEngine,
  ENGINE_PROFILES,
  engineNs,
  resolveEngineConfig,
  seededRandom,
  simulate,
  type EngineOverrides,
} from '@fluidscope/serving-sim';
import { durationNs, runNs, type DurationNs } from '@fluidscope/units';
import type { DrawnRequest } from './lengths.js';

/** One GPU that serves one way. */
export interface System {
  readonly name: string;
  readonly overrides: EngineOverrides;
}

export const PREFILL_FIRST: System = { name: 'prefill first', overrides: { policy: 'prefill-first' } };
export const UNCHUNKED: System = { name: 'unchunked', overrides: { policy: 'unchunked' } };
export const CHUNKED_2048: System = {
  name: 'chunked 2048',
  overrides: { policy: 'chunked', maxBatchedTokens: 2_048 },
};
export const CHUNKED_512: System = {
  name: 'chunked 512',
  overrides: { policy: 'chunked', maxBatchedTokens: 512 },
};

export const PROFILE = ENGINE_PROFILES['a100-llama3-8b'];

export interface Served {
  readonly scored: readonly ScoredRequest[];
  readonly run: RunScore;
  /** From the first arrival to the last token. */
  readonly spanNs: number;
}

/** Serves the requests in virtual time and scores each; a prompt's first token is due by `rule`. */
export function serve(
  requests: readonly DrawnRequest[],
  { overrides }: System,
  {
    rule,
    tbtDeadlineNs,
    seed,
    pauseAfterNs,
  }: {
    readonly rule: FirstTokenDeadlines;
    readonly tbtDeadlineNs: DurationNs;
    readonly seed: number;
    /** How long the engine does nothing after an iteration. */
    readonly pauseAfterNs?: (iterationIndex: number) => number;
  },
): Served {
  const config = resolveEngineConfig(PROFILE, { ...overrides, maxSequenceCount: 256, prefixCaching: false });
  const engine = createEngine<DrawnRequest>(PROFILE, config, seededRandom(seed));
  const arrivals = requests.map((request) => ({ request, atNs: engineNs(request.atNs) }));
  let endNs = 0;
  const served = simulate(arrivals, engine, ({ iterationIndex, endNs: iterationEndNs }) => {
    const pauseNs = pauseAfterNs?.(iterationIndex) ?? 0;
    if (pauseNs > 0) engine.pause(iterationEndNs, pauseNs);
  });
  const scored = served.map(({ request, arrivedNs, tokenNs }): ScoredRequest => {
    endNs = Math.max(endNs, tokenNs.at(-1) ?? 0);
    const deadlines: Deadlines = { ttftDeadlineNs: durationNs(1e9), tbtDeadlineNs };
    const own = firstTokenDeadline(rule, request.promptTokens, deadlines.ttftDeadlineNs);
    const timings = {
      startNs: runNs(arrivedNs),
      arrivalsNs: Float64Array.from(tokenNs, Math.round),
      tokenCounts: new Uint32Array(tokenNs.length).fill(1),
      ttftDeadlineNs: own.ttftDeadlineNs,
    };
    return { timings, score: scoreRequest(timings, deadlines) };
  });
  return { scored, run: scoreRun(scored), spanNs: endNs - (requests[0]?.atNs ?? 0) };
}

const LENGTHS = [64, 256, 1_024, 2_048, 4_096, 8_192, 16_384, 32_000];
const REPEATS_COUNT = 10;
const APART_NS = 60e9;

/** The prefill profile of the chunked engine, measured alone as `fluidscope prefill` does, and the default slack on top. */
export function measuredDeadlines(): FirstTokenDeadlines {
  const lengths = LENGTHS.flatMap((tokens) => Array.from({ length: REPEATS_COUNT }, () => tokens));
  const requests = lengths.map((promptTokens, at) => ({
    promptTokens,
    outputTokens: 1,
    atNs: at * APART_NS,
  }));
  const config = resolveEngineConfig(PROFILE, { prefixCaching: false });
  const engine = createEngine<DrawnRequest>(PROFILE, config, seededRandom(1));
  const arrivals = requests.map((request) => ({ request, atNs: engineNs(request.atNs) }));
  const points = simulate(arrivals, engine).map(({ request, arrivedNs, tokenNs: [firstNs = NaN] }, at) => ({
    request_index: at,
    length_tokens: request.promptTokens,
    prompt_tokens: request.promptTokens,
    ttft_ns: Math.round(firstNs - arrivedNs),
    is_repeat: false,
  }));
  const fit = fitProfilePoints(points, 'first');
  if ('problem' in fit) throw new Error(fit.problem);
  return deadlinesOfFit(fit, { slackNs: durationNs(200_000_000), slackRatio: 0.25 });
}
