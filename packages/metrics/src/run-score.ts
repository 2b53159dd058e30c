import { describeDistribution, type Distribution } from './distribution.js';
import { fluidTokenGenerationRate, type FluidTokenGenerationRate } from './fluid-token-generation-rate.js';
import type { RequestScore } from './request-score.js';
import { interChunkTimes, tbtGaps } from './token-gaps.js';
import type { TokenTimings } from './token-timings.js';

/** A request that ended well, with its score. Failed ones are no part of a run's distributions. */
export interface ScoredRequest {
  readonly timings: TokenTimings;
  readonly score: RequestScore;
}

/** A run's metrics. A distribution is `undefined` when no request has the value. */
export interface RunScore {
  readonly requestsCount: number;
  readonly outputTokens: number;
  /** Over all requests; 0 of 0 when no token came. */
  readonly missedDeadlinesCount: number;
  readonly totalDeadlinesCount: number;
  /** Pooled over all gaps after each request's first. */
  readonly tbtNs: Distribution | undefined;
  /** Pooled over all waits between chunks that carry tokens. */
  readonly interChunkNs: Distribution | undefined;
  /** One value a request in this and all that follow. */
  readonly ttftNs: Distribution | undefined;
  readonly tpotMeanNs: Distribution | undefined;
  readonly endToEndNs: Distribution | undefined;
  readonly normalizedLatencyNs: Distribution | undefined;
  readonly outputTokensPerS: Distribution | undefined;
  readonly fluidityIndex: Distribution | undefined;
  readonly tokenFluidityIndex: Distribution | undefined;
  readonly decodeFluidityIndex: Distribution | undefined;
  readonly minTbtDeadlineNs: Distribution | undefined;
  readonly fluidTokenGenerationRate: FluidTokenGenerationRate | undefined;
}

/** Scores a run from its requests' scores, exactly, over the pooled values. */
export function scoreRun(requests: readonly ScoredRequest[]): RunScore {
  const scores = requests.map(({ score }) => score);
  const describe = (value: (score: RequestScore) => number | undefined): Distribution | undefined =>
    describeDistribution(present(scores, value));
  return {
    requestsCount: scores.length,
    outputTokens: sum(scores, (score) => score.outputTokens),
    missedDeadlinesCount: sum(scores, (score) => score.missedDeadlinesCount),
    totalDeadlinesCount: sum(scores, (score) => score.totalDeadlinesCount),
    tbtNs: describeDistribution(pool(requests, tbtGaps)),
    interChunkNs: describeDistribution(pool(requests, interChunkTimes)),
    ttftNs: describe((score) => score.ttftNs),
    tpotMeanNs: describe((score) => score.tpotMeanNs),
    endToEndNs: describe((score) => score.endToEndNs),
    normalizedLatencyNs: describe((score) => score.normalizedLatencyNs),
    outputTokensPerS: describe((score) => score.outputTokensPerS),
    fluidityIndex: describe((score) => score.fluidityIndex),
    tokenFluidityIndex: describe((score) => score.tokenFluidityIndex),
    decodeFluidityIndex: describe((score) => score.decodeFluidityIndex),
    minTbtDeadlineNs: describe((score) => score.minTbtDeadlineNs),
    fluidTokenGenerationRate: fluidTokenGenerationRate(present(scores, (score) => score.minTbtDeadlineNs)),
  };
}

function sum(scores: readonly RequestScore[], value: (score: RequestScore) => number | undefined): number {
  return scores.reduce((total, score) => total + (value(score) ?? 0), 0);
}

function present(
  scores: readonly RequestScore[],
  value: (score: RequestScore) => number | undefined,
): Float64Array {
  return Float64Array.from(scores.map(value).filter((found) => found !== undefined));
}

function pool(
  requests: readonly ScoredRequest[],
  values: (timings: TokenTimings) => Float64Array,
): Float64Array {
  const parts = requests.map(({ timings }) => values(timings));
  const pooled = new Float64Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    pooled.set(part, offset);
    offset += part.length;
  }
  return pooled;
}
