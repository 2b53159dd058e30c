import { Confusion } from './confusion.js';
import { causeFigures, macroF1 } from './figures.js';
import { isotonicFit } from './isotonic-fit.js';
import type { Label } from './labels.js';
import { groupBy } from './group-by.js';
import { scoredSuspicions } from './scored-suspicions.js';
import type { RunOutcome } from './run-outcome.js';

/** A line for each scenario, family and tier: what was missed, what that was laid to, and how much of that is right. */
export function scenarioTable(outcomes: readonly RunOutcome[], details: boolean): string[] {
  const groups = groupBy(outcomes, ({ scenario, family, tier, seed }) =>
    [scenario, family, tier, ...(details ? [seed] : [])].join(' '),
  );
  const rows = [...groups].map(([key, group]) => rowOf(key, group));
  return aligned([['scenario family tier', 'missed', 'right', 'unknown', 'due to', 'laid to'], ...rows]);
}

function rowOf(key: string, group: readonly RunOutcome[]): string[] {
  const confusion = Confusion.of(group.flatMap((outcome) => outcome.confusion));
  const claims = new Set(confusion.entries().map(([, claimed]) => claimed));
  const right = confusion.truths.reduce((sum, label) => sum + confusion.weight(label, label), 0);
  const missedCount = group.reduce((sum, outcome) => sum + outcome.missedCount, 0);
  return [
    `${key}${group.length > 1 ? ` x${group.length}` : ''}`,
    String(missedCount),
    percent(right, confusion.total),
    percent(confusion.ofClaim('unknown'), confusion.total),
    topOf(confusion.truths, (label) => confusion.ofTruth(label), confusion.total),
    topOf([...claims], (label) => confusion.ofClaim(label), confusion.total),
  ];
}

export function topOf(labels: readonly Label[], weightOf: (label: Label) => number, total: number): string {
  return labels
    .map((label) => ({ label, weight: weightOf(label) }))
    .filter(({ weight }) => weight >= 0.02 * total)
    .sort((a, b) => b.weight - a.weight)
    .slice(0, 4)
    .map(({ label, weight }) => `${label} ${percent(weight, total)}`)
    .join(', ');
}

/** Steps of the score and how often suspicions of it were right; every run weighs the same. */
export function calibrationTable(outcomes: readonly RunOutcome[]): string[] {
  const rows = isotonicFit(scoredSuspicions(outcomes)).map(({ fromScore, toScore, weight, correctRatio }) => [
    fromScore.toFixed(2),
    toScore.toFixed(2),
    weight.toFixed(2),
    correctRatio.toFixed(3),
  ]);
  return aligned([['from score', 'to', 'runs', 'right'], ...rows]);
}

/** A line for each cause, and what it is mistaken for. */
export function causeTable(confusion: Confusion): string[] {
  const figures = causeFigures(confusion);
  const rows = figures.map(({ cause, weight, precisionRatio, recallRatio, f1Ratio }) => [
    cause,
    weight.toFixed(0),
    ratio(precisionRatio),
    ratio(recallRatio),
    ratio(f1Ratio),
    mistakenFor(confusion, cause),
  ]);
  return [
    ...aligned([['cause', 'missed', 'precision', 'recall', 'F1', 'else laid to'], ...rows]),
    `macro-F1 ${ratio(macroF1(figures))} over ${figures.length} causes`,
  ];
}

export function mistakenFor(confusion: Confusion, cause: Label): string {
  const weight = confusion.ofTruth(cause);
  return confusion
    .entries()
    .filter(([truth, claimed, part]) => truth === cause && claimed !== cause && part >= 0.02 * weight)
    .sort((a, b) => b[2] - a[2])
    .slice(0, 3)
    .map(([, claimed, part]) => `${claimed} ${percent(part, weight)}`)
    .join(', ');
}

export function ratio(value: number | undefined): string {
  return value === undefined ? '-' : value.toFixed(2);
}

export function percent(part: number, whole: number): string {
  return whole === 0 ? '-' : `${((100 * part) / whole).toFixed(0)} %`;
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
