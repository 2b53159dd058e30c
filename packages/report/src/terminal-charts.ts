import type { ChunkColumns, TraceReader } from '@fluidscope/trace-schema';
import { duration } from './text-figures.js';

/** What the charts of a terminal draw: times between tokens over the run, and how often each was. */
export interface ChartData {
  readonly fromNs: number;
  readonly binNs: number;
  /** The longest wait that ended in each bin; NaN where no token came. */
  readonly worstNs: Float64Array;
  /** Deadlines missed in each bin. */
  readonly missedCounts: Float64Array;
  /** Waits by their length: bucket `i` holds those from `edgesNs[i]` up to the next edge. */
  readonly edgesNs: readonly number[];
  readonly counts: Float64Array;
}

/** 1 µs to 100 s in steps of the third root of ten: 1, 2.2, 4.6, 10. */
const EDGES_NS = [0, ...Array.from({ length: 25 }, (_, step) => 1_000 * 10 ** (step / 3))];

/** One pass over the measured requests that ended well; `undefined` where no token followed another. */
export async function readChartData(reader: TraceReader, binsCount: number): Promise<ChartData | undefined> {
  const rows = (await reader.requests()).filter(
    ({ phase, status }) => phase === 'measured' && status === 'ok',
  );
  const fromNs = rows.reduce((least, { intendedNs }) => Math.min(least, intendedNs), Infinity);
  const toNs = rows.reduce((most, { endedNs }) => Math.max(most, endedNs ?? most), -Infinity);
  if (!(toNs > fromNs)) return undefined;
  const data: ChartData = {
    fromNs,
    binNs: (toNs - fromNs) / binsCount,
    worstNs: new Float64Array(binsCount).fill(NaN),
    missedCounts: new Float64Array(binsCount),
    edgesNs: EDGES_NS,
    counts: new Float64Array(EDGES_NS.length),
  };
  const lastNs = new Map(rows.map(({ requestIndex }) => [requestIndex, NaN]));
  for await (const chunks of reader.chunks()) addWaits(data, chunks, lastNs);
  for await (const misses of reader.deadlineMisses())
    for (const { requestIndex, arrivalNs, missedCount } of misses)
      if (lastNs.has(requestIndex)) add(data.missedCounts, binOf(data, arrivalNs), missedCount);
  return data.counts.every((count) => count === 0) ? undefined : data;
}

/** `lastNs` is when the last token of each request that counts came, NaN before its first. */
function addWaits(data: ChartData, chunks: ChunkColumns, lastNs: Map<number, number>): void {
  for (let row = 0; row < chunks.length; row += 1) {
    const request = chunks.requestIndex[row] ?? -1;
    const previousNs = lastNs.get(request);
    if (previousNs === undefined || chunks.tokenCount[row] === 0) continue;
    const atNs = chunks.arrivalNs[row] ?? NaN;
    lastNs.set(request, atNs);
    const waitNs = atNs - previousNs;
    if (Number.isNaN(waitNs)) continue;
    const bin = binOf(data, atNs);
    if (!((data.worstNs[bin] ?? NaN) >= waitNs)) data.worstNs[bin] = waitNs;
    const bucket = EDGES_NS.findLastIndex((edgeNs) => edgeNs <= waitNs);
    add(data.counts, bucket, 1);
  }
}

function add(counts: Float64Array, at: number, count: number): void {
  counts[at] = (counts[at] ?? 0) + count;
}

function binOf({ fromNs, binNs, worstNs }: ChartData, atNs: number): number {
  return Math.min(worstNs.length - 1, Math.max(0, Math.floor((atNs - fromNs) / binNs)));
}

export interface ChartView {
  readonly columns: number;
  /** Where the terminal shows no others. */
  readonly isAscii: boolean;
}

const BLOCKS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const ASCII_LEVELS = ['.', ':', '-', '=', '+', '*', '#', '%'];
const LABEL_COLUMNS = 12;

/** How many bins a chart over time has on a terminal of this width. */
export function chartBinsCount(columns: number): number {
  return Math.max(10, Math.min(120, columns - LABEL_COLUMNS - 2));
}

/** Two charts: the worst wait between tokens over the run with the missed deadlines under it, and how long the waits were. */
export function formatCharts(data: ChartData, { columns, isAscii }: ChartView): string {
  const finite = data.worstNs.filter((value) => !Number.isNaN(value));
  const [leastNs, mostNs] = [
    finite.reduce((a, b) => Math.min(a, b)),
    finite.reduce((a, b) => Math.max(a, b)),
  ];
  const label = (text: string): string => `  ${text.padEnd(LABEL_COLUMNS - 2)}`;
  const missed = data.missedCounts.some((count) => count > 0);
  const lines = [
    `Worst time between tokens in each ${duration(data.binNs)}, ${duration(leastNs)} to ${duration(mostNs)}`,
    `${label('worst')}${sparkline(data.worstNs, isAscii)}`,
    ...(missed ? [`${label('missed')}${marks(data.missedCounts, isAscii)}`] : []),
    'Times between tokens',
    ...histogramLines(data, { columns, isAscii }),
  ];
  const text = lines.map((line) => `${line.trimEnd()}\n`).join('');
  return isAscii ? text.replaceAll('µ', 'u') : text;
}

/** One character a value, on a logarithmic scale from the least to the greatest; a space where there is none. */
export function sparkline(values: ArrayLike<number>, isAscii: boolean): string {
  const levels = isAscii ? ASCII_LEVELS : BLOCKS;
  const logs = Array.from(values, (value) => Math.log(Math.max(1, value)));
  const finite = logs.filter((value) => !Number.isNaN(value));
  const least = finite.reduce((a, b) => Math.min(a, b), Infinity);
  const range = finite.reduce((a, b) => Math.max(a, b), -Infinity) - least;
  return logs
    .map((value) => {
      if (Number.isNaN(value)) return ' ';
      const ratio = range === 0 ? 0 : (value - least) / range;
      return levels[Math.round(ratio * (levels.length - 1))] ?? ' ';
    })
    .join('');
}

function marks(counts: ArrayLike<number>, isAscii: boolean): string {
  return Array.from(counts, (count) => (count > 0 ? (isAscii ? '!' : '▲') : ' ')).join('');
}

function histogramLines({ edgesNs, counts }: ChartData, { columns, isAscii }: ChartView): string[] {
  const first = counts.findIndex((count) => count > 0);
  const last = counts.findLastIndex((count) => count > 0);
  const most = counts.reduce((a, b) => Math.max(a, b), 0);
  const roomColumns = Math.max(10, Math.min(60, columns - 34));
  return Array.from({ length: last - first + 1 }, (_, offset) => {
    const bucket = first + offset;
    const count = counts[bucket] ?? 0;
    const barColumns = count === 0 ? 0 : Math.max(1, Math.round((count / most) * roomColumns));
    const from = duration(edgesNs[bucket] ?? 0);
    const to = edgesNs[bucket + 1];
    const range = to === undefined ? `from ${from}` : `${from} to ${duration(to)}`;
    return `  ${range.padEnd(20)} ${(isAscii ? '#' : '█').repeat(barColumns)} ${count}`;
  });
}
