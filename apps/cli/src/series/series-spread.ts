import { quantile, sortSamples } from '@fluidscope/metrics';
import type { RunFigures } from './run-figures.js';
import type { SeriesEntry } from './series-log.js';

/** The figures whose spread over the runs of a series is told, in this order. */
export const SPREAD_FIGURES = [
  'fluidity_index',
  'missed_deadlines_ratio',
  'ttft_p50_ns',
  'ttft_p99_ns',
  'tbt_p50_ns',
  'tbt_p99_ns',
  'request_throughput_per_s',
  'output_token_throughput_per_s',
  'failed_ratio',
] as const satisfies readonly (keyof RunFigures)[];

export type SpreadFigure = (typeof SPREAD_FIGURES)[number];

/** Quantiles over runs: each run is one value, whatever it counts. */
export interface Spread {
  readonly figure: SpreadFigure;
  readonly runsCount: number;
  readonly min: number;
  readonly p25: number;
  readonly p50: number;
  readonly p75: number;
  readonly max: number;
}

/** The runs that began in one hour of the day, in UTC. */
export interface HourSpread {
  readonly hour: number;
  readonly runsCount: number;
  /** Medians over those runs; absent where none had the figure. */
  readonly medians: Readonly<Partial<Record<SpreadFigure, number>>>;
}

export interface SeriesSpread {
  readonly measuredCount: number;
  readonly failed: readonly { readonly slot: number; readonly reason: string }[];
  readonly missed: readonly { readonly slot: number; readonly reason: string }[];
  readonly spreads: readonly Spread[];
  readonly hours: readonly HourSpread[];
}

const MS_PER_HOUR = 3_600_000;
const HOURS_A_DAY = 24;

/** How the figures of a series moved from run to run. Empty spreads where no run was measured. */
export function seriesSpread(entries: readonly SeriesEntry[]): SeriesSpread {
  const runs = entries.filter((entry) => entry.kind === 'run');
  return {
    measuredCount: runs.length,
    failed: entries.filter((entry) => entry.kind === 'failed'),
    missed: entries.filter((entry) => entry.kind === 'missed'),
    spreads: SPREAD_FIGURES.flatMap((figure) => spreadOf(figure, runs) ?? []),
    hours: Array.from({ length: HOURS_A_DAY }, (_, hour) => hour).flatMap((hour) =>
      hourOf(
        hour,
        runs.filter((run) => hourOfDay(run.at_ms) === hour),
      ),
    ),
  };
}

type Run = Extract<SeriesEntry, { kind: 'run' }>;

function hourOfDay(atMs: number): number {
  return Math.floor(atMs / MS_PER_HOUR) % HOURS_A_DAY;
}

function spreadOf(figure: SpreadFigure, runs: readonly Run[]): Spread | undefined {
  const values = runs.flatMap(({ figures }) => figures[figure] ?? []);
  if (values.length === 0) return undefined;
  const sorted = sortSamples(Float64Array.from(values));
  const at = (ratio: number): number => quantile(sorted, ratio) ?? NaN;
  return {
    figure,
    runsCount: values.length,
    min: at(0),
    p25: at(0.25),
    p50: at(0.5),
    p75: at(0.75),
    max: at(1),
  };
}

function hourOf(hour: number, runs: readonly Run[]): readonly HourSpread[] {
  if (runs.length === 0) return [];
  const medians = Object.fromEntries(
    SPREAD_FIGURES.flatMap((figure) => {
      const spread = spreadOf(figure, runs);
      return spread === undefined ? [] : [[figure, spread.p50] as const];
    }),
  );
  return [{ hour, runsCount: runs.length, medians }];
}
