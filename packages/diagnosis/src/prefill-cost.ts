import { quantileRegression } from './quantile-regression.js';
import type { TokenStream } from './token-stream.js';

/** Requests that waited in a queue take longer: the fast ones tell what a prompt costs. */
const QUANTILE_RATIO = 0.25;
const FEWEST_REQUESTS_COUNT = 5;

/**
 * What a prompt token adds to the time to the first one, ns, by the fast requests: the slope over prompt lengths; where all are about as long, the time by
 * the length, which is too much by the fixed part. `undefined` for fewer than five requests with counted prompts.
 */
export function prefillNsPerToken(streams: readonly TokenStream[]): number | undefined {
  const samples = streams.flatMap(({ promptTokens, sentNs, timings }) => {
    const firstNs = timings.arrivalsNs[0];
    return promptTokens === undefined || promptTokens === 0 || firstNs === undefined
      ? []
      : [{ response: firstNs - sentNs, predictors: [promptTokens] }];
  });
  if (samples.length < FEWEST_REQUESTS_COUNT) return undefined;
  const slope = quantileRegression(samples, QUANTILE_RATIO)?.[1] ?? 0;
  if (slope > 0) return slope;
  const perToken = samples.map(({ response, predictors: [tokens = 1] }) => response / tokens);
  return perToken.sort((a, b) => a - b)[Math.floor(QUANTILE_RATIO * perToken.length)];
}
