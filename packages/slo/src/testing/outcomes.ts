import { durationNs, NS_PER_MS } from '@fluidscope/units';
import type { JudgedScore, RequestOutcome } from '../index.js';

/** A request that ended well: 10 tokens in 190 ms, nothing missed. */
export function outcomeOf(
  score: Partial<JudgedScore> = {},
  rest: Omit<RequestOutcome, 'score'> = {},
): RequestOutcome {
  return {
    score: {
      outputTokens: 10,
      ttftNs: durationNs(100 * NS_PER_MS),
      tpotMeanNs: durationNs(10 * NS_PER_MS),
      endToEndNs: durationNs(190 * NS_PER_MS),
      fluidityIndex: 1,
      missedDeadlinesCount: 0,
      totalDeadlinesCount: 10,
      ...score,
    },
    ...rest,
  };
}

export const FAILED: RequestOutcome = { score: undefined };
