import { judgePoint, verdictOfTerms, type MeasuredPoint } from '@fluidscope/capacity';
import { readStreams, type TokenStream } from '@fluidscope/diagnosis';
import { quantile, scoreRequest, sortSamples, tbtGaps } from '@fluidscope/metrics';
import type { CapacityPoint } from '@fluidscope/report';
import { recordedRequestTerms, type RequestOutcome } from '@fluidscope/slo';
import type { RequestRow } from '@fluidscope/trace-schema';
import { openTraceReader } from '@fluidscope/trace-store';
import { NS_PER_S } from '@fluidscope/units';
import type { CapacityConfig } from './capacity-config.js';
import type { KeptPoint } from './point-store.js';
import { isGoodFor } from './slo-terms.js';

/** A point as the search and as a reader of its result see it. */
export interface ReadPoint {
  readonly measured: MeasuredPoint;
  readonly shown: CapacityPoint;
  readonly okCount: number;
  readonly tracePath: string;
}

interface Judged {
  readonly row: RequestRow;
  readonly outcome: RequestOutcome;
}

/**
 * Judges a kept run by an SLO and its deadlines, from its tokens. Requests that the client itself cancelled are left out, warm-up too. The figures are
 * those of all other requests of the run; the verdict is that of its steady part.
 */
export async function readPoint(kept: KeptPoint, config: CapacityConfig): Promise<ReadPoint> {
  const reader = await openTraceReader(kept.tracePath);
  try {
    const streams = new Map((await readStreams(reader)).map((stream) => [stream.requestIndex, stream]));
    const judged = (await reader.requests())
      .filter(({ phase, status }) => phase === 'measured' && (status === 'ok' || status === 'error'))
      .map((row) => ({ row, outcome: outcomeOf(row, streams.get(row.requestIndex), config) }))
      .sort((a, b) => a.row.intendedNs - b.row.intendedNs);
    const requests = judged.map(({ row: { intendedNs, endedNs }, outcome }) => ({
      intendedNs,
      endedNs,
      isFailed: outcome.score === undefined,
      counts: config.terms.map(({ countOf }) => countOf(outcome)),
    }));
    const { planned, sendingEndedNs, stoppedBy, tracePath } = kept;
    const judgedPoint = judgePoint(planned, { requests, sendingEndedNs, stoppedBy }, config.terms);
    const measured = config.by === 'concurrency' ? neverSaturated(judgedPoint, config) : judgedPoint;
    const okCount = judged.filter(({ row }) => row.status === 'ok').length;
    return { measured, shown: shownOf(measured, judged, { config, sendingEndedNs }), okCount, tracePath };
  } finally {
    await reader.close();
  }
}

function outcomeOf(
  row: RequestRow,
  stream: TokenStream | undefined,
  { run }: CapacityConfig,
): RequestOutcome {
  const ownTerms = recordedRequestTerms(row.slo);
  if (row.status !== 'ok' || stream === undefined) return { score: undefined, ownTerms };
  const score = scoreRequest(stream.timings, run.settings.deadlines);
  return { score, tbtNs: tbtGaps(stream.timings), ownTerms };
}

/** A closed loop sends no more than its engine answers. */
function neverSaturated(point: MeasuredPoint, { terms }: CapacityConfig): MeasuredPoint {
  return point.verdict === 'saturated' ? { ...point, verdict: verdictOfTerms(point.terms, terms) } : point;
}

function shownOf(
  { load, verdict, terms, sentCount }: MeasuredPoint,
  judged: readonly Judged[],
  { config, sendingEndedNs }: { readonly config: CapacityConfig; readonly sendingEndedNs: number },
): CapacityPoint {
  const outcomes = judged.map(({ outcome }) => outcome);
  const scores = outcomes.flatMap(({ score }) => score ?? []);
  const sum = (pick: (score: (typeof scores)[number]) => number | undefined): number =>
    scores.reduce((total, score) => total + (pick(score) ?? 0), 0);
  const deadlinesCount = sum(({ totalDeadlinesCount }) => totalDeadlinesCount);
  const sortedTtftNs = sortSamples(Float64Array.from(scores.flatMap(({ ttftNs }) => ttftNs ?? [])));
  const sortedTbtNs = sortSamples(joined(outcomes.map(({ tbtNs }) => tbtNs ?? new Float64Array(0))));
  const lastsNs = sendingEndedNs - (judged[0]?.row.intendedNs ?? sendingEndedNs);
  const goodCount = outcomes.filter((outcome) => isGoodFor(config.slo, outcome)).length;
  return {
    load,
    verdict,
    requestsCount: sentCount,
    failedCount: outcomes.length - scores.length,
    termRatios: terms.map(({ goodCount: good, totalCount }) =>
      totalCount === 0 ? undefined : good / totalCount,
    ),
    fluidityIndex:
      deadlinesCount === 0
        ? undefined
        : 1 - sum(({ missedDeadlinesCount }) => missedDeadlinesCount) / deadlinesCount,
    ttftP50Ns: quantile(sortedTtftNs, 0.5),
    ttftP99Ns: quantile(sortedTtftNs, 0.99),
    tbtP50Ns: quantile(sortedTbtNs, 0.5),
    tbtP99Ns: quantile(sortedTbtNs, 0.99),
    goodputPerS: lastsNs > 0 ? (goodCount / lastsNs) * NS_PER_S : undefined,
  };
}

function joined(parts: readonly Float64Array[]): Float64Array {
  const whole = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
