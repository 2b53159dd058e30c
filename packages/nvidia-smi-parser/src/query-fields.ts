import { SMI_METRICS } from './smi-metrics.js';

export interface QueryChoice {
  /** What to ask for: one unknown field fails the whole query, so only names that the help text has. */
  readonly fields: readonly string[];
  /** Metrics that this nvidia-smi cannot give by query. */
  readonly missingMetrics: readonly string[];
}

/** Asked for beside the metrics where known: whose row it is, when it was read, and the power that is of no one kind. */
const IDENTITY_FIELDS = ['timestamp', 'index', 'uuid', 'pci.bus_id', 'name', 'power.draw'] as const;

/**
 * Chooses what to query from the text of `nvidia-smi --help-query-gpu`, which differs by driver. Without any name in the text (an odd
 * build, an error message) `fields` is empty: do not start the child then.
 */
export function chooseQueryFields(helpText: string): QueryChoice {
  const known = new Set<string>();
  for (const line of helpText.split('\n')) {
    if (!line.trimStart().startsWith('"')) continue;
    for (const [, name = ''] of line.matchAll(/"([\w.]+)"/g)) known.add(name);
  }
  const chosen = SMI_METRICS.map(({ metric, queryFields }) => ({
    metric,
    field: queryFields.flatMap((field) => [field, olderName(field)]).find((field) => known.has(field)),
  }));
  return {
    fields: [
      ...IDENTITY_FIELDS.filter((field) => known.has(field)),
      ...chosen.flatMap(({ field }) => (field === undefined ? [] : [field])),
    ],
    missingMetrics: chosen.flatMap(({ metric, field }) => (field === undefined ? [metric] : [])),
  };
}

/**
 * The arguments of one long-lived child that prints a row a GPU every `intervalMs`. nvidia-smi's own reading takes 10 ms and more, so
 * shorter intervals than about 20 ms are not kept.
 */
export function queryArguments(fields: readonly string[], intervalMs: number): string[] {
  return [`--query-gpu=${fields.join(',')}`, '--format=csv,nounits', '-lms', String(Math.round(intervalMs))];
}

function olderName(field: string): string {
  return field.replace('clocks_event_reasons', 'clocks_throttle_reasons');
}
