import type { RequestScore, ScoredRequest } from '@fluidscope/metrics';
import { durationNs } from '@fluidscope/units';
import { drawRequests, type WorkloadShape } from './lengths.js';
import { CHUNKED_512, measuredDeadlines, PREFILL_FIRST, serve, UNCHUNKED, type System } from './serve.js';

export interface LoadPoint {
  readonly ratePerS: number;
  /** Requests whose fluidity-index reaches 0.9. */
  readonly fluentRatio: number;
  /** The same of decode alone: the first token and its slack left out. */
  readonly decodeFluentRatio: number;
  readonly ttftP50Ns: number;
  readonly tbtP99Ns: number;
}

export interface SystemCurve {
  readonly system: string;
  readonly points: readonly LoadPoint[];
}

/** 13 tokens a second, some three times as fast as people read. */
export const CURVE_TBT_DEADLINE_NS = durationNs(75_000_000);
export const COMPARED: readonly System[] = [CHUNKED_512, UNCHUNKED, PREFILL_FIRST];
const FLUENT_INDEX = 0.9;
const REQUESTS_COUNT = 200;

/** Each system over the workload's rates. */
export function loadCurves(workload: WorkloadShape, seed: number): readonly SystemCurve[] {
  const rule = measuredDeadlines();
  return COMPARED.map((system) => ({
    system: system.name,
    points: workload.ratesPerS.map((ratePerS) => {
      const requests = drawRequests(workload, { count: REQUESTS_COUNT, ratePerS, seed });
      const { scored, run } = serve(requests, system, { rule, tbtDeadlineNs: CURVE_TBT_DEADLINE_NS, seed });
      return {
        ratePerS,
        fluentRatio: shareOf(scored, ({ fluidityIndex }) => fluidityIndex),
        decodeFluentRatio: shareOf(scored, ({ decodeFluidityIndex }) => decodeFluidityIndex),
        ttftP50Ns: run.ttftNs?.p50 ?? NaN,
        tbtP99Ns: run.tbtNs?.p99 ?? NaN,
      };
    }),
  }));
}

function shareOf(scored: readonly ScoredRequest[], of: (score: RequestScore) => number | undefined): number {
  return scored.filter(({ score }) => (of(score) ?? 1) >= FLUENT_INDEX).length / scored.length;
}

/** The highest rate of those tried up to which the share of fluent requests stays at `floorRatio`; 0 for none. */
export function highestFluentRatePerS({ points }: SystemCurve, floorRatio: number): number {
  const firstBelow = points.findIndex(({ fluentRatio }) => fluentRatio < floorRatio);
  return points[(firstBelow === -1 ? points.length : firstBelow) - 1]?.ratePerS ?? 0;
}
