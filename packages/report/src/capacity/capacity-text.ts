import { renderTable } from '../render-table.js';
import { duration, plural } from '../text-figures.js';
import { wrapText } from '../wrap-text.js';
import { loadText, type CapacityPoint, type CapacityReport } from './capacity-report.js';

const VERDICTS: Readonly<Record<CapacityPoint['verdict'], string>> = {
  met: 'met',
  not_met: 'not met',
  straddles: 'in doubt',
  saturated: 'saturated',
  nothing: 'nothing',
};
const BAR_COLUMNS = 20;
const EIGHTHS = ' ▏▎▍▌▋▊▉';

/** The answer, what binds, and the curve as a table with a bar for each load's goodput. */
export function formatCapacityReport(report: CapacityReport, columns: number): string {
  const lines = [...verdictLines(report), ...bindingLines(report)];
  const wrapped = lines.map((line) => `${wrapText(line, columns, 4)}\n`).join('');
  const advice = adviceLines(report)
    .map((line) => `\n${wrapText(line, columns, 0)}\n`)
    .join('');
  return `Capacity\n${wrapped}\n${curveTable(report)}${advice}`;
}

/** What whoever runs the server may do with the answer, in a sentence or two; nothing where none was found. */
export function adviceLines({ verdict, unit, slo, binding }: CapacityReport): readonly string[] {
  if (verdict.kind !== 'found') return [];
  const { load, lowLoad, highLoad, shortOf } = verdict;
  const why =
    binding === undefined || 'unknownBecause' in binding || binding.cause === 'unknown'
      ? ''
      : ` What stops more is ${binding.cause.replaceAll('_', ' ')}.`;
  const narrower =
    shortOf === undefined
      ? ''
      : ` It ended at ${shortOf}: the same command with more goes on from its runs and narrows the interval.`;
  return [
    `In short: up to ${loadText(lowLoad)} ${unit} you are on the safe side of ${slo}; it stops to hold at about ${loadText(load)}, ` +
      `at ${loadText(highLoad)} at the latest.${why}${narrower}`,
  ];
}

export function verdictLines(report: CapacityReport): readonly string[] {
  const { verdict, unit, slo, runsCount, requestsCount, elapsedNs } = report;
  const effort = `  ${plural(runsCount, 'run')}, ${plural(requestsCount, 'request')}, ${duration(elapsedNs)} of load`;
  switch (verdict.kind) {
    case 'found':
      return [
        `  ${loadText(verdict.load)} ${unit} within ${slo}  (95 % interval ${loadText(verdict.lowLoad)} to ${loadText(verdict.highLoad)})`,
        `  fails first: ${verdict.failsFirst}`,
        `${effort}${shortText(verdict.shortOf)}`,
      ];
    case 'not_met_at_lowest':
      return [
        `  ${slo} is not met even at ${loadText(verdict.load)} ${unit}, the lowest load that was tried`,
        effort,
      ];
    case 'met_at_highest':
      return [
        `  at least ${loadText(verdict.load)} ${unit} within ${slo}: no load was tried at which it fails`,
        `${effort}${shortText(verdict.shortOf)}`,
      ];
    case 'nothing_measured':
      return ['  nothing could be measured: no request ended well', effort];
    case 'swept':
      return [`  ${plural(report.points.length, 'load')} measured against ${slo}`, effort];
  }
}

export function bindingLines({ binding, unit }: CapacityReport): readonly string[] {
  if (binding === undefined) return [];
  if ('unknownBecause' in binding) return [`  what binds: unknown (${binding.unknownBecause})`];
  const where = binding.isBurst
    ? `with ${binding.load} requests at once`
    : `at ${loadText(binding.load)} ${unit}`;
  return [
    `  what binds, ${where}: ${binding.cause}`,
    `    ${binding.headline}`,
    `    ${binding.evidence}`,
    ...(binding.advice === undefined ? [] : [`    next thing to change: ${binding.advice}`]),
  ];
}

function shortText(shortOf: string | undefined): string {
  return shortOf === undefined ? '' : `; ended early: ${shortOf}`;
}

function curveTable({ points, unit, terms }: CapacityReport): string {
  const highest = Math.max(...points.map(({ goodputPerS = 0 }) => goodputPerS), 1e-9);
  const header = [
    unit,
    'SLO',
    'requests',
    'failed',
    ...terms.map(({ name }) => name),
    'fluidity',
    'TTFT p50, ms',
    'p99',
    'TBT p50, ms',
    'p99',
    'goodput/s',
    '',
  ];
  const rows = points.map((point) => [
    loadText(point.load),
    VERDICTS[point.verdict],
    String(point.requestsCount),
    String(point.failedCount),
    ...terms.map((_, index) => shareText(point.termRatios[index])),
    point.fluidityIndex?.toFixed(4) ?? '-',
    msText(point.ttftP50Ns),
    msText(point.ttftP99Ns),
    msText(point.tbtP50Ns),
    msText(point.tbtP99Ns),
    point.goodputPerS?.toFixed(2) ?? '-',
    barText((point.goodputPerS ?? 0) / highest),
  ]);
  return renderTable(
    header,
    rows,
    header.map((_, column) => (column === 1 || column === header.length - 1 ? 'left' : 'right')),
  );
}

function shareText(ratio: number | undefined): string {
  return ratio === undefined ? '-' : `${(100 * ratio).toFixed(2)} %`;
}

function msText(ns: number | undefined): string {
  return ns === undefined ? '-' : (ns / 1e6).toFixed(1);
}

function barText(ratio: number): string {
  const eighths = Math.round(ratio * BAR_COLUMNS * 8);
  return `${'█'.repeat(Math.floor(eighths / 8))}${EIGHTHS[eighths % 8] ?? ''}`.trimEnd();
}
