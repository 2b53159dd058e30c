import {
  scoreRequest,
  scoreRun,
  type Deadlines,
  type RequestScore,
  tbtGaps,
  type RunScore,
} from '@fluidscope/metrics';
import { firstTokenDeadline, type FirstTokenDeadline, type FirstTokenDeadlines } from '@fluidscope/prefill';
import type { ImportedRequest, ImportedTimings } from '@fluidscope/timing-import';
import { goodput, type Goodput, type RequestOutcome, type RequestTerm } from '@fluidscope/slo';
import { durationNs, type DurationNs } from '@fluidscope/units';

/** A request of the file; it has a score when its token times are known. */
export interface ScoredRow {
  readonly request: ImportedRequest;
  readonly score: RequestScore | undefined;
  /** Its own first-token deadline; `undefined`: that of all. */
  readonly ttftDeadline: FirstTokenDeadline | undefined;
}

export interface FileScore {
  readonly imported: ImportedTimings;
  readonly deadlines: Deadlines;
  readonly rows: readonly ScoredRow[];
  readonly run: RunScore;
  /** `1 - missed / total` over the requests; `undefined` without tokens. */
  readonly fluidityIndex: number | undefined;
  readonly failedCount: number;
  readonly unscoredCount: number;
  /** `undefined` without an SLO. */
  readonly goodput: Goodput | undefined;
}

/** Scores everything that a file holds. Failed requests are in no distribution and meet no SLO. */
export function scoreImported(
  imported: ImportedTimings,
  {
    deadlines,
    firstTokenDeadlines,
    slo,
  }: {
    readonly deadlines: Deadlines;
    readonly firstTokenDeadlines?: FirstTokenDeadlines | undefined;
    readonly slo: readonly RequestTerm[];
  },
): FileScore {
  const rows = imported.requests.map((request) => {
    const ttftDeadline =
      firstTokenDeadlines &&
      firstTokenDeadline(firstTokenDeadlines, request.promptTokens, deadlines.ttftDeadlineNs);
    const ttftDeadlineNs = ttftDeadline?.ttftDeadlineNs;
    const score =
      request.status === 'ok' ? scoreRequest({ ...request.timings, ttftDeadlineNs }, deadlines) : undefined;
    return { request, score, ttftDeadline };
  });
  const scored = rows.flatMap(({ request, score }) =>
    request.status === 'ok' && score !== undefined ? [{ timings: request.timings, score }] : [],
  );
  const run = scoreRun(scored);
  return {
    imported,
    deadlines,
    rows,
    run,
    fluidityIndex:
      run.totalDeadlinesCount === 0
        ? undefined
        : (run.totalDeadlinesCount - run.missedDeadlinesCount) / run.totalDeadlinesCount,
    failedCount: countStatus(rows, 'error'),
    unscoredCount: countStatus(rows, 'unscored'),
    goodput: goodput(slo, outcomesOf(rows), lengthOf(imported)),
  };
}

function countStatus(rows: readonly ScoredRow[], status: ImportedRequest['status']): number {
  return rows.filter(({ request }) => request.status === status).length;
}

/** Requests that were not scored say nothing. */
function outcomesOf(rows: readonly ScoredRow[]): readonly RequestOutcome[] {
  return rows.flatMap(({ request, score }): RequestOutcome[] => {
    if (request.status === 'unscored') return [];
    return [{ score, tbtNs: request.status === 'ok' ? tbtGaps(request.timings) : undefined }];
  });
}

function lengthOf({ durationNs: lengthNs }: ImportedTimings): DurationNs | undefined {
  return lengthNs === undefined ? undefined : durationNs(Math.round(lengthNs));
}
