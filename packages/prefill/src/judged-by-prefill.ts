import {
  deadlineMisses,
  DEFAULT_DEADLINES,
  scoreRequest,
  type Deadlines,
  type TokenTimings,
} from '@fluidscope/metrics';
import {
  methodsOf,
  readRecordedConfig,
  type DeadlineMiss,
  type Json,
  type RecordedPrefill,
  type RequestRow,
  type RunRow,
  type TraceReader,
} from '@fluidscope/trace-schema';
import { durationNs } from '@fluidscope/units';
import {
  firstTokenDeadline,
  type FirstTokenDeadline,
  type FirstTokenDeadlines,
} from './first-token-deadline.js';

/**
 * The trace as it would read had its run taken first-token deadlines by `rule`: each request has its own deadline and is scored by it, and the
 * run's configuration names the profile. Everything else is the trace's own. The trace itself is not written to.
 */
export function judgedByPrefill(
  reader: TraceReader,
  rule: FirstTokenDeadlines,
  recorded: RecordedPrefill,
): TraceReader {
  let judged: Promise<readonly RequestRow[]> | undefined;
  return {
    ...methodsOf(reader),
    run: async () => withPrefill(await reader.run(), recorded),
    requests: () => (judged ??= judgedRequests(reader, rule)),
    deadlineMisses: () => judgedMisses(reader, rule),
  };
}

function withPrefill(run: RunRow, recorded: RecordedPrefill): RunRow {
  const { config } = run;
  if (typeof config !== 'object' || config === null) return run;
  const asJson = JSON.parse(JSON.stringify(recorded)) as Json;
  return { ...run, config: Object.fromEntries([...Object.entries(config), ['prefill_profile', asJson]]) };
}

async function judgedRequests(
  reader: TraceReader,
  rule: FirstTokenDeadlines,
): Promise<readonly RequestRow[]> {
  const deadlines = deadlinesOf(await reader.run());
  const chunks = await chunksByRequest(reader);
  return (await reader.requests()).map((row) =>
    judgedRow(row, chunks.get(row.requestIndex), { rule, deadlines }),
  );
}

function deadlinesOf({ config }: RunRow): Deadlines {
  const recorded = readRecordedConfig(config);
  return recorded === undefined
    ? DEFAULT_DEADLINES
    : {
        ttftDeadlineNs: durationNs(recorded.ttft_deadline_ns),
        tbtDeadlineNs: durationNs(recorded.tbt_deadline_ns),
      };
}

/** A request's late tokens are a batch. */
async function* judgedMisses(
  reader: TraceReader,
  rule: FirstTokenDeadlines,
): AsyncGenerator<readonly DeadlineMiss[]> {
  const deadlines = deadlinesOf(await reader.run());
  const chunks = await chunksByRequest(reader);
  for (const row of await reader.requests()) {
    const { timings, seqs } = judgedTimings(row, chunks.get(row.requestIndex), { rule, deadlines });
    if (timings === undefined) continue;
    const misses = deadlineMisses(timings, deadlines).map(({ chunkIndex, ...miss }) => ({
      requestIndex: row.requestIndex,
      seq: seqs[chunkIndex] ?? 0,
      ...miss,
    }));
    if (misses.length > 0) yield misses;
  }
}

interface GrowingChunks {
  readonly seqs: number[];
  readonly arrivalsNs: number[];
  readonly tokenCounts: number[];
}

async function chunksByRequest(reader: TraceReader): Promise<ReadonlyMap<number, GrowingChunks>> {
  const found = new Map<number, GrowingChunks>();
  for await (const columns of reader.chunks()) {
    for (let row = 0; row < columns.length; row += 1) {
      const tokenCount = columns.tokenCount[row] ?? 0;
      const requestIndex = columns.requestIndex[row] ?? -1;
      if (tokenCount === 0) continue;
      const chunks = found.get(requestIndex) ?? { seqs: [], arrivalsNs: [], tokenCounts: [] };
      chunks.seqs.push(columns.seq[row] ?? 0);
      chunks.arrivalsNs.push(columns.arrivalNs[row] ?? NaN);
      chunks.tokenCounts.push(tokenCount);
      found.set(requestIndex, chunks);
    }
  }
  return found;
}

interface Judging {
  readonly rule: FirstTokenDeadlines;
  readonly deadlines: Deadlines;
}

/** `timings` are of a request that enters the metrics, with the deadline of its own. */
function judgedTimings(
  row: RequestRow,
  chunks: GrowingChunks | undefined,
  { rule, deadlines }: Judging,
): {
  readonly own: FirstTokenDeadline;
  readonly timings: TokenTimings | undefined;
  readonly seqs: readonly number[];
} {
  const promptTokens = row.usagePromptTokens ?? row.promptTokens;
  const own = firstTokenDeadline(rule, promptTokens, deadlines.ttftDeadlineNs);
  if (row.phase !== 'measured' || row.status !== 'ok' || chunks === undefined)
    return { own, timings: undefined, seqs: [] };
  const timings = {
    startNs: row.intendedNs,
    arrivalsNs: Float64Array.from(chunks.arrivalsNs),
    tokenCounts: Uint32Array.from(chunks.tokenCounts),
    ttftDeadlineNs: own.ttftDeadlineNs,
  };
  return { own, timings, seqs: chunks.seqs };
}

function judgedRow(row: RequestRow, chunks: GrowingChunks | undefined, judging: Judging): RequestRow {
  const { own, timings } = judgedTimings(row, chunks, judging);
  const withDeadline = { ...row, ttftDeadlineNs: own.ttftDeadlineNs, ttftDeadlineSource: own.source };
  if (timings === undefined) return withDeadline;
  const score = scoreRequest(timings, judging.deadlines);
  return {
    ...withDeadline,
    fluidityIndex: score.fluidityIndex,
    tokenFluidityIndex: score.tokenFluidityIndex,
    missedDeadlinesCount: score.missedDeadlinesCount,
    totalDeadlinesCount: score.totalDeadlinesCount,
  };
}
