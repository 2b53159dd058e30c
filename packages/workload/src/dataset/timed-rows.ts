import type { DatasetRow } from '../spec.js';
import type { RowProblems } from './row-problems.js';

/** A row as a format's parser gives it: with the file's own time, on whatever clock that is. */
export interface TimedRow extends Omit<DatasetRow, 'arrivalOffsetNs'> {
  readonly where: string;
  readonly timeNs: bigint | undefined;
}

/**
 * Rows in order of time, equal times in the file's order, with offsets from the earliest. Without any times the file's
 * order stays; times on only some rows, and a span over the 104 days of integer nanoseconds, are problems.
 */
export function offsetRows(rows: readonly TimedRow[], problems: RowProblems): readonly DatasetRow[] {
  const timed = rows.filter(hasTime);
  if (timed.length === 0)
    return rows.map(({ prompt, output, slo }) => ({ arrivalOffsetNs: undefined, prompt, output, slo }));
  for (const { where } of rows.filter((row) => !hasTime(row))) {
    problems.add(where, ['Expected a timestamp, as other rows have one, but received nothing']);
  }
  const ordered = timed.toSorted((a, b) => (a.timeNs < b.timeNs ? -1 : a.timeNs > b.timeNs ? 1 : 0));
  const startNs = ordered[0]?.timeNs ?? 0n;
  return ordered.map(({ where, timeNs, prompt, output, slo }) => {
    const arrivalOffsetNs = Number(timeNs - startNs);
    if (!Number.isSafeInteger(arrivalOffsetNs)) {
      problems.add(where, [
        `Expected a timestamp within 104 days of the earliest but received one ${arrivalOffsetNs} ns later`,
      ]);
    }
    return { arrivalOffsetNs, prompt, output, slo };
  });
}

function hasTime(row: TimedRow): row is TimedRow & { readonly timeNs: bigint } {
  return row.timeNs !== undefined;
}
