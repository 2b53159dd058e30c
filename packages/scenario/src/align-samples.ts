import type { AgentSampleColumns, AgentSeries, ClockPiece } from '@fluidscope/trace-schema';

/** The columns of a `SampleSeries`. */
export interface SeriesColumns {
  readonly timeNs: Float64Array;
  readonly value: Float64Array;
  readonly fresh: Uint8Array;
  readonly boundNs: Float64Array;
}

/** Run time of a time of the agent by the piece that holds then; `undefined` where none does. */
export function pieceAt(
  pieces: readonly ClockPiece[],
  agentNs: number,
): { readonly runNs: number; readonly boundNs: number } | undefined {
  const piece = pieces.findLast(({ fromAgentNs }) => agentNs >= fromAgentNs);
  if (piece === undefined) return undefined;
  const sinceNs = agentNs - piece.agentNs;
  return { runNs: piece.runNs + sinceNs + Math.round(sinceNs * piece.skewRatio), boundNs: piece.boundNs };
}

/** Samples of one series on the run's clock, in order of time. */
export class AgentSamples {
  private readonly columns: SeriesColumns;
  private length = 0;

  constructor(
    readonly series: AgentSeries,
    capacity: number,
    private readonly pieces: readonly ClockPiece[],
  ) {
    this.columns = {
      timeNs: new Float64Array(capacity),
      value: new Float64Array(capacity),
      fresh: new Uint8Array(capacity),
      boundNs: new Float64Array(capacity),
    };
  }

  add({ agentNs, value, flags }: AgentSampleColumns, row: number): void {
    const at = pieceAt(this.pieces, agentNs[row] ?? NaN);
    if (at === undefined) return;
    const { columns } = this;
    columns.timeNs[this.length] = at.runNs;
    columns.value[this.length] = value[row] ?? NaN;
    columns.fresh[this.length] = (flags[row] ?? 0) & 1;
    columns.boundNs[this.length] = at.boundNs;
    this.length += 1;
  }

  /** A step of the agent's clock may put samples out of order; nothing else does. */
  sort(): void {
    const { timeNs, value, fresh, boundNs } = this.columns;
    const timesNs = timeNs.subarray(0, this.length);
    if (timesNs.every((atNs, row) => row === 0 || atNs >= (timesNs[row - 1] ?? 0))) return;
    const order = [...timesNs.keys()].toSorted((a, b) => (timesNs[a] ?? 0) - (timesNs[b] ?? 0));
    for (const column of [timeNs, value, fresh, boundNs]) {
      const copy = column.slice();
      order.forEach((from, to) => (column[to] = copy[from] ?? NaN));
    }
  }

  /** Both ends included. */
  between(fromNs: number, toNs: number): SeriesColumns {
    const timesNs = this.columns.timeNs.subarray(0, this.length);
    const low = firstFrom(timesNs, fromNs);
    const high = firstFrom(timesNs, toNs, true);
    return {
      timeNs: this.columns.timeNs.slice(low, high),
      value: this.columns.value.slice(low, high),
      fresh: this.columns.fresh.slice(low, high),
      boundNs: this.columns.boundNs.slice(low, high),
    };
  }
}

/** All samples by series: sizes first, so that each series allocates its columns once. */
export function alignedSeries(
  series: readonly AgentSeries[],
  batches: readonly AgentSampleColumns[],
  piecesOf: (agentIndex: number) => readonly ClockPiece[],
): readonly AgentSamples[] {
  const capacities = new Map<number, number>();
  for (const { length, seriesIndex } of batches)
    for (const index of seriesIndex.subarray(0, length))
      capacities.set(index, (capacities.get(index) ?? 0) + 1);
  const samples = new Map(
    series.map((each) => [
      each.seriesIndex,
      new AgentSamples(each, capacities.get(each.seriesIndex) ?? 0, piecesOf(each.agentIndex)),
    ]),
  );
  for (const batch of batches)
    for (let row = 0; row < batch.length; row++) samples.get(batch.seriesIndex[row] ?? -1)?.add(batch, row);
  for (const each of samples.values()) each.sort();
  return [...samples.values()];
}

function firstFrom(ascending: Float64Array, limit: number, after = false): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const value = ascending[middle] ?? Infinity;
    if (value < limit || (after && value === limit)) low = middle + 1;
    else high = middle;
  }
  return low;
}
