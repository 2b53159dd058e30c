import { quantileRegression } from './quantile-regression.js';
import type { TokenStream } from './token-stream.js';

/** Requests that waited in a queue take longer: the fast ones tell what a prompt costs. */
const QUANTILE_RATIO = 0.25;
const FEWEST_REQUESTS_COUNT = 5;
/**
 * The prompt whose attention costs as much as its linear layers: from a prefill pair of 1.3 ns beside 20 us a token on an H100, 3.5 ns beside 65 us on
 * an A100 (estimates, with which 16,000 tokens cost half as much again as 16,000 times one).
 */
const ATTENTION_PARITY_TOKENS = 30_000;

/**
 * What a prompt token adds to the time to the first one, ns, by the fast ones of the requests that no other was waiting beside: the slope over prompt
 * lengths; where all are about as long, the time by the length, which is too much by the fixed part. `undefined` for fewer than five requests
 * with counted prompts.
 */
export function prefillNsPerToken(streams: readonly TokenStream[]): number | undefined {
  const waits = waitsOf(streams);
  const alone = waits.filter(({ isAlone }) => isAlone);
  const taken = alone.length < FEWEST_REQUESTS_COUNT ? waits : alone;
  if (taken.length < FEWEST_REQUESTS_COUNT) return undefined;
  const samples = taken.map(({ sentNs, firstNs, promptTokens }) => ({
    response: firstNs - sentNs,
    predictors: [promptTokens],
  }));
  const slope = quantileRegression(samples, QUANTILE_RATIO)?.[1] ?? 0;
  if (slope > 0) return slope;
  const perToken = samples.map(({ response, predictors: [tokens = 1] }) => response / tokens);
  return perToken.sort((a, b) => a - b)[Math.floor(QUANTILE_RATIO * perToken.length)];
}

/** What a whole prompt costs: the longer it is, the more each of its tokens looks back on. */
export function prefillNs(nsPerToken: number, promptTokens: number): number {
  return nsPerToken * promptTokens * (1 + promptTokens / ATTENTION_PARITY_TOKENS);
}

interface Wait {
  readonly sentNs: number;
  readonly firstNs: number;
  readonly promptTokens: number;
  /** No other request of the run was waiting for its first token at the same time. */
  isAlone: boolean;
}

function waitsOf(streams: readonly TokenStream[]): readonly Wait[] {
  const waits = streams
    .flatMap(({ promptTokens, sentNs, timings }): Wait[] => {
      const firstNs = timings.arrivalsNs[0];
      return promptTokens === undefined || promptTokens === 0 || firstNs === undefined
        ? []
        : [{ sentNs, firstNs, promptTokens, isAlone: true }];
    })
    .sort((a, b) => a.sentNs - b.sentNs);
  let last: Wait | undefined;
  for (const wait of waits) {
    if (last !== undefined && last.firstNs > wait.sentNs) {
      last.isAlone = false;
      wait.isAlone = false;
    }
    if (last === undefined || wait.firstNs > last.firstNs) last = wait;
  }
  return waits;
}
