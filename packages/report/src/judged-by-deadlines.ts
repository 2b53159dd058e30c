import { readStreams, type AskedDeadlines } from '@fluidscope/diagnosis';
import {
  DEFAULT_DEADLINES,
  deadlineMisses,
  scoreRequest,
  type Deadlines,
  type TokenTimings,
} from '@fluidscope/metrics';
import {
  methodsOf,
  readRecordedConfig,
  type DeadlineMiss,
  type RequestRow,
  type RunRow,
  type TraceReader,
} from '@fluidscope/trace-schema';
import { durationNs } from '@fluidscope/units';

interface JudgedStream {
  readonly timings: TokenTimings;
  readonly seqs: Uint32Array;
}

interface Judged {
  readonly deadlines: Deadlines;
  readonly streams: ReadonlyMap<number, JudgedStream>;
}

/**
 * The trace as it would read had its run been held to other deadlines: every request that ended well is scored again, and the run's
 * configuration names them. A deadline that is not asked for stays; one for first tokens that is asked for holds for all, in place of those by
 * prompt length. Episodes were found by the run's own deadlines, so there are none. The trace itself is not written to.
 */
export function judgedByDeadlines(reader: TraceReader, asked: AskedDeadlines): TraceReader {
  let judging: Promise<Judged> | undefined;
  const judged = (): Promise<Judged> => (judging ??= judge(reader, asked));
  return {
    ...methodsOf(reader),
    run: async () => withDeadlines(await reader.run(), (await judged()).deadlines),
    requests: async () => {
      const found = await judged();
      return (await reader.requests()).map((row) => judgedRow(row, found, asked));
    },
    deadlineMisses: async function* () {
      yield missesOf(await judged());
    },
    episodes: () => Promise.resolve([]),
  };
}

async function judge(reader: TraceReader, asked: AskedDeadlines): Promise<Judged> {
  const recorded = readRecordedConfig((await reader.run()).config);
  const ofRun: Deadlines =
    recorded === undefined
      ? DEFAULT_DEADLINES
      : {
          ttftDeadlineNs: durationNs(recorded.ttft_deadline_ns),
          tbtDeadlineNs: durationNs(recorded.tbt_deadline_ns),
        };
  const streams = (await readStreams(reader)).map(({ requestIndex, timings, seqs }) => {
    const flat = asked.ttftDeadlineNs === undefined ? timings : { ...timings, ttftDeadlineNs: undefined };
    return [requestIndex, { timings: flat, seqs }] as const;
  });
  return {
    deadlines: {
      ttftDeadlineNs: asked.ttftDeadlineNs ?? ofRun.ttftDeadlineNs,
      tbtDeadlineNs: asked.tbtDeadlineNs ?? ofRun.tbtDeadlineNs,
    },
    streams: new Map(streams),
  };
}

function withDeadlines(run: RunRow, { ttftDeadlineNs, tbtDeadlineNs }: Deadlines): RunRow {
  const { config } = run;
  if (typeof config !== 'object' || config === null) return run;
  const named = [
    ['ttft_deadline_ns', ttftDeadlineNs],
    ['tbt_deadline_ns', tbtDeadlineNs],
  ] as const;
  return { ...run, config: Object.fromEntries([...Object.entries(config), ...named]) };
}

function judgedRow(row: RequestRow, { deadlines, streams }: Judged, asked: AskedDeadlines): RequestRow {
  const stream = streams.get(row.requestIndex);
  const flat =
    asked.ttftDeadlineNs === undefined ? {} : { ttftDeadlineNs: undefined, ttftDeadlineSource: undefined };
  if (stream === undefined) return { ...row, ...flat };
  const score = scoreRequest(stream.timings, deadlines);
  return {
    ...row,
    ...flat,
    fluidityIndex: score.fluidityIndex,
    tokenFluidityIndex: score.tokenFluidityIndex,
    decodeFluidityIndex: score.decodeFluidityIndex,
    missedDeadlinesCount: score.missedDeadlinesCount,
    totalDeadlinesCount: score.totalDeadlinesCount,
  };
}

function missesOf({ deadlines, streams }: Judged): DeadlineMiss[] {
  return [...streams].flatMap(([requestIndex, { timings, seqs }]) =>
    deadlineMisses(timings, deadlines).map(({ chunkIndex, dueNs, arrivalNs, missedCount }) => ({
      requestIndex,
      seq: seqs[chunkIndex] ?? chunkIndex,
      dueNs,
      arrivalNs,
      missedCount,
    })),
  );
}
