import {
  LIVE_GPU_METRICS,
  severityOf,
  worstByRow,
  type AboutMessage,
  type FrameMessage,
} from '@fluidscope/live-view';

/** A minute at 20 frames a second. */
export const COLUMNS_COUNT = 1_200;
/** In place of a severity: the page got no frame of that time. */
export const MISSING = 255;

export const RUN_SERIES = [
  'fluidity',
  'tokensPerS',
  'active',
  'overdue',
  'waiting',
  'queue',
  'ttftP99',
  'tbtP99',
] as const;
export type RunSeries = (typeof RUN_SERIES)[number];

const NUMBERS: Readonly<Record<RunSeries, (frame: FrameMessage) => number | null | undefined>> = {
  fluidity: ({ run }) => run?.window.fluidity_index,
  tokensPerS: ({ run }) => run?.window.tokens_per_s,
  active: ({ run }) => run?.active_count,
  overdue: ({ run }) => run?.overdue_count,
  waiting: ({ run }) => run?.waiting_count,
  queue: ({ run }) => run?.server?.waiting_count,
  ttftP99: ({ run }) => run?.window.ttft.p99_ns,
  tbtP99: ({ run }) => run?.window.tbt.p99_ns,
};

/**
 * The last minute in columns, one a frame's time, in rings of fixed size: what is drawn and read out. A column of which no frame came stays
 * marked as missing.
 */
export class LiveStore {
  readonly slotsCount: number;
  readonly gpuNames: readonly string[];
  readonly frameNs: number;
  readonly #severities: Uint8Array<ArrayBuffer>;
  readonly #isHere = new Uint8Array(COLUMNS_COUNT);
  readonly #run: Readonly<Record<RunSeries, Float64Array>>;
  /** By GPU over all agents, then by metric. */
  readonly #gpus: readonly (readonly Float64Array[])[];
  #newest = -1;
  #oldest = 0;
  #usedSlotsCount = 0;

  constructor({ slots_count, frame_ns, agents }: AboutMessage) {
    this.slotsCount = slots_count;
    this.frameNs = frame_ns;
    this.gpuNames = agents.flatMap(({ gpus }) => gpus.map(({ index, name }) => `GPU ${index} ${name}`));
    this.#severities = new Uint8Array(COLUMNS_COUNT * slots_count);
    this.#run = Object.fromEntries(RUN_SERIES.map((name) => [name, emptyColumns()])) as Record<
      RunSeries,
      Float64Array
    >;
    this.#gpus = this.gpuNames.map(() => LIVE_GPU_METRICS.map(emptyColumns));
  }

  /** The column of the newest frame; -1 before any. */
  get newest(): number {
    return this.#newest;
  }

  /** The first column since which frames came, within what is kept. */
  get oldest(): number {
    return Math.max(this.#oldest, this.#newest - COLUMNS_COUNT + 1);
  }

  /** Slots that any stream had so far, at least 8: lines that stay empty need no room. */
  get usedSlotsCount(): number {
    return Math.max(8, this.#usedSlotsCount);
  }

  timeNs(column: number): number {
    return column * this.frameNs;
  }

  add(frame: FrameMessage): void {
    const column = Math.round(frame.t_ns / this.frameNs);
    if (column <= this.#newest - COLUMNS_COUNT) return;
    if (this.#newest === -1) this.#oldest = column;
    else
      for (let at = Math.max(this.#newest + 1, column - COLUMNS_COUNT + 1); at < column; at += 1)
        this.#clear(at);
    this.#newest = Math.max(this.#newest, column);
    this.#put(column, frame);
  }

  isHere(column: number): boolean {
    return column >= this.oldest && column <= this.#newest && this.#isHere[column % COLUMNS_COUNT] === 1;
  }

  /** NaN where there is none. */
  value(series: RunSeries, column: number): number {
    return this.isHere(column) ? (this.#run[series][column % COLUMNS_COUNT] ?? NaN) : NaN;
  }

  gpuValue(gpu: number, metric: (typeof LIVE_GPU_METRICS)[number], column: number): number {
    const columns = this.#gpus[gpu]?.[LIVE_GPU_METRICS.indexOf(metric)];
    return this.isHere(column) ? (columns?.[column % COLUMNS_COUNT] ?? NaN) : NaN;
  }

  /** The worst state of each of `rows.length` equal parts of the used slots; `MISSING` throughout where no frame came. */
  worstByRow(column: number, rows: Uint8Array): void {
    if (!this.isHere(column)) {
      rows.fill(MISSING);
      return;
    }
    const from = (column % COLUMNS_COUNT) * this.slotsCount;
    worstByRow(this.#severities.subarray(from, from + this.usedSlotsCount), rows);
  }

  /** How many slots were in each state, by severity. */
  statesAt(column: number): readonly number[] {
    const counts = Array.from({ length: 8 }, () => 0);
    if (!this.isHere(column)) return counts;
    const from = (column % COLUMNS_COUNT) * this.slotsCount;
    for (let slot = 0; slot < this.slotsCount; slot += 1) {
      const severity = this.#severities[from + slot] ?? 0;
      counts[severity] = (counts[severity] ?? 0) + 1;
    }
    return counts;
  }

  #clear(column: number): void {
    this.#isHere[column % COLUMNS_COUNT] = 0;
  }

  #put(column: number, frame: FrameMessage): void {
    const at = column % COLUMNS_COUNT;
    this.#isHere[at] = 1;
    for (const name of RUN_SERIES) this.#run[name][at] = NUMBERS[name](frame) ?? NaN;
    const gpus = frame.agents.flatMap(({ values }) => values);
    this.#gpus.forEach((metrics, gpu) => {
      metrics.forEach((columns, metric) => (columns[at] = gpus[gpu]?.[metric] ?? NaN));
    });
    const from = at * this.slotsCount;
    const states = frame.run?.streams ?? '';
    this.#severities.fill(0, from, from + this.slotsCount);
    for (let slot = 0; slot < states.length; slot += 1) {
      this.#severities[from + slot] = severityOf(states[slot] ?? '.');
    }
    this.#usedSlotsCount = Math.max(this.#usedSlotsCount, states.length);
  }
}

function emptyColumns(): Float64Array {
  return new Float64Array(COLUMNS_COUNT).fill(NaN);
}
