import { tbtGaps } from '@fluidscope/metrics';
import { recordedRequestTerms, type RequestOutcome } from '@fluidscope/slo';
import type { EpisodeRow, RequestRow, RunRow, TraceReader } from '@fluidscope/trace-schema';
import { durationNs, type DurationNs } from '@fluidscope/units';

/** What a comparison knows of a run. */
export interface ComparedRun {
  /** How the reader of the comparison knows it: a file's name, say. */
  readonly name: string;
  readonly run: RunRow;
  /** Measured requests that ended by themselves, well or not, in order of their intended send. */
  readonly requests: readonly RequestOutcome[];
  /** Of each request the time up to the next one's intended send, of the last one up to the last end: together the run's window. */
  readonly sharesNs: Float64Array;
  /** From the first intended send to the last end. */
  readonly windowNs: DurationNs;
  /** Measured requests that the client cancelled or that a trace cut short left in flight: in no figure. */
  readonly leftOutCount: number;
  /** Requests in flight, in the mean over the window. */
  readonly meanInFlightCount: number;
  readonly episodes: readonly EpisodeRow[];
}

/** Reads a trace for `compareRuns`. Holds every token's gap at once: 8 bytes a token. */
export async function readComparedRun(reader: TraceReader, name: string): Promise<ComparedRun> {
  const rows = (await reader.requests())
    .filter(({ phase }) => phase === 'measured')
    .toSorted((a, b) => a.intendedNs - b.intendedNs);
  const counted = rows.filter(({ status }) => status === 'ok' || status === 'error');
  const gaps = await readGaps(reader, counted);
  const startNs = counted[0]?.intendedNs ?? 0;
  const endNs = counted.reduce<number>((latest, { endedNs }) => Math.max(latest, endedNs ?? 0), startNs);
  const inFlightNs = counted.reduce(
    (sum, { intendedNs, endedNs }) => sum + ((endedNs ?? intendedNs) - intendedNs),
    0,
  );
  return {
    name,
    run: await reader.run(),
    requests: counted.map((row) => outcomeOf(row, gaps.get(row.requestIndex))),
    sharesNs: Float64Array.from(
      counted,
      ({ intendedNs }, index) => (counted[index + 1]?.intendedNs ?? endNs) - intendedNs,
    ),
    windowNs: durationNs(endNs - startNs),
    leftOutCount: rows.length - counted.length,
    meanInFlightCount: endNs > startNs ? inFlightNs / (endNs - startNs) : 0,
    episodes: await reader.episodes(),
  };
}

function outcomeOf(row: RequestRow, tbtNs: Float64Array | undefined): RequestOutcome {
  const ownTerms = recordedRequestTerms(row.slo);
  return row.status === 'ok'
    ? { score: { ...row, outputTokens: row.outputTokens ?? 0 }, tbtNs, ownTerms }
    : { score: undefined, ownTerms };
}

interface Arrivals {
  readonly timesNs: number[];
  readonly tokens: number[];
}

async function readGaps(
  reader: TraceReader,
  rows: readonly RequestRow[],
): Promise<ReadonlyMap<number, Float64Array>> {
  const arrivals = new Map<number, Arrivals>(
    rows.flatMap(({ requestIndex, status }) =>
      status === 'ok' ? [[requestIndex, { timesNs: [], tokens: [] }]] : [],
    ),
  );
  for await (const columns of reader.chunks()) {
    for (let row = 0; row < columns.length; row += 1) {
      const of = arrivals.get(columns.requestIndex[row] ?? -1);
      of?.timesNs.push(columns.arrivalNs[row] ?? NaN);
      of?.tokens.push(columns.tokenCount[row] ?? 0);
    }
  }
  const starts = new Map(rows.map(({ requestIndex, intendedNs }) => [requestIndex, intendedNs]));
  return new Map(
    [...arrivals].map(([index, { timesNs, tokens }]) => {
      const [startNs, arrivalsNs] = [starts.get(index), Float64Array.from(timesNs)];
      if (startNs === undefined) return [index, new Float64Array(0)];
      return [index, tbtGaps({ startNs, arrivalsNs, tokenCounts: Uint32Array.from(tokens) })];
    }),
  );
}
