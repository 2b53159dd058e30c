import type { DatasetRow, WorkloadSpec } from './spec.js';

/** What the parts of a well-formed spec, and the data set, do not agree on; empty when they do. */
export function planProblems(spec: WorkloadSpec, rows: readonly DatasetRow[]): readonly string[] {
  const recorded = recordedParts(spec);
  return [
    ...(spec.arrivals.kind === 'all_at_once' && spec.requestCount === undefined
      ? ['Expected a number for requestCount, because all requests are sent at once, but received nothing']
      : []),
    ...(recorded.length > 0 && rows.length === 0
      ? [`Expected a data set with rows for recorded ${recorded.join(', ')} but received none`]
      : []),
    ...(rows.length > 0 && spec.arrivals.kind === 'recorded' ? recordedArrivalProblems(spec, rows) : []),
    ...sharedPrefixProblems(spec, rows),
  ];
}

function recordedParts(spec: WorkloadSpec): readonly string[] {
  return (['arrivals', 'promptLengths', 'outputLengths'] as const).filter(
    (part) => spec[part].kind === 'recorded',
  );
}

function recordedArrivalProblems(spec: WorkloadSpec, rows: readonly DatasetRow[]): readonly string[] {
  const untimed = rows.findIndex((row) => row.arrivalOffsetNs === undefined);
  if (untimed >= 0) {
    return [
      `Expected a data set with a time on every row for recorded arrivals but received none on row ${untimed + 1}`,
    ];
  }
  if (spec.requestCount !== undefined && spec.requestCount > rows.length) {
    return [
      `Expected at most the ${rows.length} rows of the data set for requestCount with recorded arrivals but received ${spec.requestCount}`,
    ];
  }
  return [];
}

function sharedPrefixProblems(spec: WorkloadSpec, rows: readonly DatasetRow[]): readonly string[] {
  if (spec.sharedPrefixTokens === undefined || spec.promptLengths.kind !== 'recorded') return [];
  const own = rows.find((row) => row.prompt.kind !== 'length');
  if (own === undefined) return [];
  return [
    `Expected no sharedPrefixTokens with a data set that has prompts of its own (${own.prompt.kind}) but received ${spec.sharedPrefixTokens}`,
  ];
}
