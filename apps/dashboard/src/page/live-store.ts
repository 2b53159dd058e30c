import {
  LIVE_GPU_METRICS,
  putSeverities,
  worstByRow,
  type AboutMessage,
  type FrameMessage,
} from '@fluidscope/live-view';
import { ColumnRing, COLUMNS_COUNT, KnownColumns } from './column-ring.js';
import { roomFor } from './scale-top.js';

/** In place of a severity: the page got no frame of that time. */
export const MISSING = 255;
const FEWEST_SLOTS_COUNT = 8;

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
export type GpuSeries = (typeof LIVE_GPU_METRICS)[number];

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
  readonly run: Readonly<Record<RunSeries, ColumnRing>>;
  /** By GPU over all agents. */
  readonly gpus: readonly Readonly<Record<GpuSeries, ColumnRing>>[];
  readonly #known = new KnownColumns();
  readonly #severities: Uint8Array<ArrayBuffer>;
  #newest = -1;
  #oldest = 0;
  #usedSlotsCount = FEWEST_SLOTS_COUNT;

  constructor({ slots_count, frame_ns, agents }: AboutMessage) {
    this.slotsCount = slots_count;
    this.frameNs = frame_ns;
    this.gpuNames = agents.flatMap(({ gpus }) => gpus.map(({ index, name }) => `GPU ${index} ${name}`));
    this.#severities = new Uint8Array(COLUMNS_COUNT * slots_count);
    this.run = this.#ringsOf(RUN_SERIES);
    this.gpus = this.gpuNames.map(() => this.#ringsOf(LIVE_GPU_METRICS));
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
    return this.#usedSlotsCount;
  }

  /** As many of them and some more, so that this changes seldom. */
  get shownSlotsCount(): number {
    return Math.min(this.slotsCount, roomFor(this.#usedSlotsCount));
  }

  timeNs(column: number): number {
    return column * this.frameNs;
  }

  add(frame: FrameMessage): void {
    const column = Math.round(frame.t_ns / this.frameNs);
    if (column <= this.#newest - COLUMNS_COUNT) return;
    if (this.#newest === -1) this.#oldest = column;
    this.#newest = Math.max(this.#newest, column);
    this.#put(column, frame);
  }

  isHere(column: number): boolean {
    return this.#known.has(column);
  }

  /** The worst state of each of `rows.length` equal parts of the shown slots; `MISSING` throughout where no frame came. */
  worstByRow(column: number, rows: Uint8Array): void {
    if (!this.isHere(column)) {
      rows.fill(MISSING);
      return;
    }
    const from = (column % COLUMNS_COUNT) * this.slotsCount;
    worstByRow(this.#severities.subarray(from, from + this.shownSlotsCount), rows);
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

  #put(column: number, frame: FrameMessage): void {
    this.#known.add(column);
    for (const name of RUN_SERIES) this.run[name].put(column, NUMBERS[name](frame) ?? NaN);
    const values = frame.agents.flatMap((agent) => agent.values);
    this.gpus.forEach((rings, gpu) => {
      LIVE_GPU_METRICS.forEach((name, at) => rings[name].put(column, values[gpu]?.[at] ?? NaN));
    });
    const from = (column % COLUMNS_COUNT) * this.slotsCount;
    const states = frame.run?.streams ?? '';
    putSeverities(states, this.#severities.subarray(from, from + this.slotsCount));
    this.#usedSlotsCount = Math.max(this.#usedSlotsCount, states.length);
  }

  #ringsOf<Name extends string>(names: readonly Name[]): Readonly<Record<Name, ColumnRing>> {
    return Object.fromEntries(names.map((name) => [name, new ColumnRing(this.#known)])) as Record<
      Name,
      ColumnRing
    >;
  }
}
