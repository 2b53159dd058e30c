import type { SampleColumns } from './sample-columns.js';

/** The rows of a batch grouped by series, a series being one (gpu, metric, sub_id). */
export interface SeriesOrder {
  readonly seriesCount: number;
  /** Rows by series; within one, in the order in which they came. */
  readonly rows: Uint32Array;
  /** Rows of each series: series `s` takes the next `counts[s]` of `rows`. */
  readonly counts: Uint32Array;
}

/** Groups rows by series, series in ascending order of (gpu, metric, sub_id): neighbours then differ little, and code short. */
export function orderBySeries(columns: SampleColumns): SeriesOrder {
  return orderOfGrouped(columns) ?? orderOfMixed(columns);
}

/** The rows as they are, where they stand in that order already: so a sampler's batch comes. */
function orderOfGrouped({ gpuIndex, metricId, subId, length }: SampleColumns): SeriesOrder | undefined {
  const counts: number[] = [];
  let from = 0;
  for (let row = 1; row < length; row++) {
    const before = row - 1;
    const step =
      (gpuIndex[row] ?? 0) - (gpuIndex[before] ?? 0) ||
      (metricId[row] ?? 0) - (metricId[before] ?? 0) ||
      (subId[row] ?? 0) - (subId[before] ?? 0);
    if (step < 0) return undefined;
    if (step === 0) continue;
    counts.push(row - from);
    from = row;
  }
  counts.push(length - from);
  return { seriesCount: counts.length, rows: identity(length), counts: Uint32Array.from(counts) };
}

let countedUp = new Uint32Array(0);

/** 0, 1, 2, … on one memory for all: nobody writes to an order's rows. */
function identity(length: number): Uint32Array {
  if (countedUp.length < length) countedUp = Uint32Array.from({ length: length * 2 }, (_, row) => row);
  return countedUp.subarray(0, length);
}

function orderOfMixed(columns: SampleColumns): SeriesOrder {
  const { firstRows, seriesOfRow } = findSeries(columns);
  const sorted = Array.from(firstRows.keys()).sort((a, b) =>
    compareSeries(columns, firstRows[a] ?? 0, firstRows[b] ?? 0),
  );
  const rank = new Uint32Array(sorted.length);
  sorted.forEach((series, position) => (rank[series] = position));
  return countingSort(seriesOfRow, rank);
}

function findSeries(columns: SampleColumns): { firstRows: readonly number[]; seriesOfRow: Uint32Array } {
  const ids = new SeriesIds();
  const firstRows: number[] = [];
  const seriesOfRow = new Uint32Array(columns.length);
  for (let row = 0; row < columns.length; row++) {
    const series = ids.idOf(columns.gpuIndex[row] ?? 0, columns.metricId[row] ?? 0, columns.subId[row] ?? 0);
    if (series === firstRows.length) firstRows.push(row);
    seriesOfRow[row] = series;
  }
  return { firstRows, seriesOfRow };
}

function countingSort(seriesOfRow: Uint32Array, rank: Uint32Array): SeriesOrder {
  const counts = new Uint32Array(rank.length);
  for (const series of seriesOfRow) counts[rank[series] ?? 0] = (counts[rank[series] ?? 0] ?? 0) + 1;
  const next = new Uint32Array(rank.length);
  for (let series = 1; series < next.length; series++) {
    next[series] = (next[series - 1] ?? 0) + (counts[series - 1] ?? 0);
  }
  const rows = new Uint32Array(seriesOfRow.length);
  for (let row = 0; row < seriesOfRow.length; row++) {
    const series = rank[seriesOfRow[row] ?? 0] ?? 0;
    const to = next[series] ?? 0;
    rows[to] = row;
    next[series] = to + 1;
  }
  return { seriesCount: rank.length, rows, counts };
}

function compareSeries(columns: SampleColumns, a: number, b: number): number {
  return (
    (columns.gpuIndex[a] ?? 0) - (columns.gpuIndex[b] ?? 0) ||
    (columns.metricId[a] ?? 0) - (columns.metricId[b] ?? 0) ||
    (columns.subId[a] ?? 0) - (columns.subId[b] ?? 0)
  );
}

/** Numbers series from 0 in the order in which they are met. */
export class SeriesIds {
  readonly #whole = new Map<number, number>();
  readonly #parts = new Map<number, Map<number, number>>();
  #count = 0;

  get count(): number {
    return this.#count;
  }

  idOf(gpuIndex: number, metricId: number, subId: number): number {
    const metric = gpuIndex * 65_536 + metricId;
    if (subId === 0) return this.#found(this.#whole, metric);
    let ofMetric = this.#parts.get(metric);
    if (ofMetric === undefined) {
      ofMetric = new Map<number, number>();
      this.#parts.set(metric, ofMetric);
    }
    return this.#found(ofMetric, subId);
  }

  clear(): void {
    this.#whole.clear();
    this.#parts.clear();
    this.#count = 0;
  }

  #found(ids: Map<number, number>, key: number): number {
    const known = ids.get(key);
    if (known !== undefined) return known;
    ids.set(key, this.#count);
    return this.#count++;
  }
}
