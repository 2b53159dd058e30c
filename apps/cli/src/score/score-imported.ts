import {
  meetsSlo,
  scoreRequest,
  scoreRun,
  type Deadlines,
  type RequestScore,
  type RunScore,
  type Slo,
} from '@fluidscope/metrics';
import { firstTokenDeadline, type FirstTokenDeadline, type FirstTokenDeadlines } from '@fluidscope/prefill';
import type { ImportedRequest, ImportedTimings } from '@fluidscope/timing-import';
import { NS_PER_S } from '@fluidscope/units';

/** A request of the file; it has a score when its token times are known. */
export interface ScoredRow {
  readonly request: ImportedRequest;
  readonly score: RequestScore | undefined;
  /** Its own first-token deadline; `undefined`: that of all. */
  readonly ttftDeadline: FirstTokenDeadline | undefined;
}

export interface GoodputShare {
  readonly metCount: number;
  /** Those that ended well and those that failed. */
  readonly requestsCount: number;
  /** `undefined` where the file does not tell how long its run took. */
  readonly requestsPerS: number | undefined;
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
  readonly goodput: GoodputShare | undefined;
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
    readonly slo: Slo;
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
    goodput: slo.length === 0 ? undefined : goodputOf(rows, slo, imported.durationNs),
  };
}

function countStatus(rows: readonly ScoredRow[], status: ImportedRequest['status']): number {
  return rows.filter(({ request }) => request.status === status).length;
}

function goodputOf(rows: readonly ScoredRow[], slo: Slo, lengthNs: number | undefined): GoodputShare {
  const metCount = rows.filter(({ score }) => score !== undefined && meetsSlo(score, slo)).length;
  return {
    metCount,
    requestsCount: rows.length - countStatus(rows, 'unscored'),
    requestsPerS: lengthNs === undefined || lengthNs === 0 ? undefined : (metCount / lengthNs) * NS_PER_S,
  };
}
