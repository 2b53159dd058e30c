import { renderTable } from '@fluidscope/report';
import type { Json } from '@fluidscope/trace-schema';
import { durationNs, formatDuration } from '@fluidscope/units';
import type { SeriesSpread, SpreadFigure } from './series-spread.js';

const TITLES: Readonly<Record<SpreadFigure, string>> = {
  fluidity_index: 'fluidity-index',
  missed_deadlines_ratio: 'deadlines missed',
  ttft_p50_ns: 'TTFT p50',
  ttft_p99_ns: 'TTFT p99',
  tbt_p50_ns: 'TBT p50',
  tbt_p99_ns: 'TBT p99',
  request_throughput_per_s: 'requests/s',
  output_token_throughput_per_s: 'output tokens/s',
  failed_ratio: 'failed requests',
};

/** What an hour's row has room for. */
const HOUR_FIGURES = ['fluidity_index', 'ttft_p50_ns', 'ttft_p99_ns', 'tbt_p99_ns', 'failed_ratio'] as const;

export interface SeriesPlace {
  readonly folder: string;
  readonly slotsCount: number;
}

interface SeriesTable {
  readonly title: string;
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export function seriesText(spread: SeriesSpread, place: SeriesPlace): string {
  const tables = tablesOf(spread).map(
    ({ title, header, rows }) => `\n${title}\n${renderTable(header, rows)}`,
  );
  const trouble = troubleLines(spread).map((line) => `  ${line}\n`);
  return `${headline(spread, place)}\n${trouble.join('')}${tables.join('')}\nSeries: ${place.folder}\n`;
}

export function seriesMarkdown(spread: SeriesSpread, place: SeriesPlace): string {
  const tables = tablesOf(spread).map(({ title, header, rows }) => {
    const lines = [header, header.map((_, column) => (column === 0 ? '---' : '---:')), ...rows];
    return `\n## ${title}\n\n${lines.map((cells) => `| ${cells.map(escapeCell).join(' | ')} |\n`).join('')}`;
  });
  const trouble = troubleLines(spread).map((line) => `- ${escapeCell(line)}\n`);
  return `# Repeated runs\n\n${headline(spread, place)}\n${trouble.length === 0 ? '' : '\n'}${trouble.join('')}${tables.join('')}`;
}

export function seriesJson(spread: SeriesSpread, { folder, slotsCount }: SeriesPlace): Json {
  return {
    folder,
    slots_count: slotsCount,
    measured_count: spread.measuredCount,
    failed: spread.failed.map(({ slot, reason }) => ({ slot, reason })),
    missed: spread.missed.map(({ slot, reason }) => ({ slot, reason })),
    spreads: Object.fromEntries(
      spread.spreads.map(({ figure, runsCount, ...quantiles }) => [
        figure,
        { runs_count: runsCount, ...quantiles },
      ]),
    ),
    hours_utc: spread.hours.map(({ hour, runsCount, medians }) => ({ hour, runs_count: runsCount, medians })),
  };
}

function headline({ measuredCount, failed, missed }: SeriesSpread, { slotsCount }: SeriesPlace): string {
  const left = slotsCount - measuredCount - failed.length - missed.length;
  const rest = left === 0 ? '' : `, ${left} to come (the same command goes on)`;
  return `${measuredCount} of ${slotsCount} runs measured, ${failed.length} failed, ${missed.length} missed${rest}`;
}

const MISSED_WORDS: Readonly<Record<string, string>> = {
  run_in_progress: 'the run before still went on',
  not_running: 'the program did not run',
};

function troubleLines({ failed, missed }: SeriesSpread): readonly string[] {
  const [firstLine = ''] = failed.at(-1)?.reason.split('\n') ?? [];
  const last = failed.at(-1);
  return [
    ...(last === undefined ? [] : [`last failure (run ${last.slot + 1}): ${firstLine}`]),
    ...Object.entries(MISSED_WORDS).flatMap(([reason, words]) => {
      const count = missed.filter((each) => each.reason === reason).length;
      return count === 0 ? [] : [`missed ${count}: ${words}`];
    }),
  ];
}

function tablesOf({ spreads, hours }: SeriesSpread): readonly SeriesTable[] {
  if (spreads.length === 0) return [];
  return [
    {
      title: 'Spread over the runs',
      header: ['', 'lowest', 'p25', 'median', 'p75', 'highest', 'runs'],
      rows: spreads.map(({ figure, min, p25, p50, p75, max, runsCount }) => [
        TITLES[figure],
        ...[min, p25, p50, p75, max].map((value) => figureText(figure, value)),
        String(runsCount),
      ]),
    },
    {
      title: 'Medians by hour of the day (UTC)',
      header: ['hour', ...HOUR_FIGURES.map((figure) => TITLES[figure]), 'runs'],
      rows: hours.map(({ hour, medians, runsCount }) => [
        `${String(hour).padStart(2, '0')}:00`,
        ...HOUR_FIGURES.map((figure) => {
          const value = medians[figure];
          return value === undefined ? '-' : figureText(figure, value);
        }),
        String(runsCount),
      ]),
    },
  ];
}

export function figureText(figure: SpreadFigure, value: number): string {
  if (figure.endsWith('_ns')) return formatDuration(durationNs(Math.round(value)));
  if (figure.endsWith('_ratio')) return `${(100 * value).toFixed(2)} %`;
  return figure === 'fluidity_index' ? value.toFixed(4) : value.toPrecision(4);
}

function escapeCell(text: string): string {
  return text.replaceAll('|', '\\|');
}
