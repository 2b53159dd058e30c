import { readAll, SmiLineReader } from './line-reader.js';
import type { ProblemList } from './problem-list.js';
import { gpuFrom, RecordBuilder } from './record-builder.js';
import { SMI_METRICS, type SmiMetric } from './smi-metrics.js';
import type { SmiRecord, SmiText } from './smi-record.js';

export interface QueryCsvOptions {
  /** The queried fields, in order: needed only where the header was left out (`noheader`). */
  readonly fields?: readonly string[];
}

interface Column {
  readonly at: number;
  readonly field: string;
  /** From the header: `[MHz]`. */
  readonly unit: string | undefined;
}

interface MetricColumn extends Column {
  readonly metric: SmiMetric;
}

interface Layout {
  readonly count: number;
  readonly identity: Readonly<Record<string, number>>;
  /** In order of preference within a metric. */
  readonly metrics: readonly MetricColumn[];
  readonly others: readonly Column[];
}

const METRIC_OF_FIELD: ReadonlyMap<string, { metric: SmiMetric; rank: number }> = new Map(
  SMI_METRICS.flatMap((metric) => [
    ...metric.queryFields.map((field, rank) => [field, { metric, rank }] as const),
    // 510 to 530 call the counters and reasons by their older name.
    ...metric.queryFields
      .filter((field) => field.startsWith('clocks_event_reasons'))
      .map(
        (field, rank) =>
          [field.replace('clocks_event_reasons', 'clocks_throttle_reasons'), { metric, rank }] as const,
      ),
  ]),
);

const IDENTITY_OF_FIELD: Readonly<Record<string, string>> = {
  timestamp: 'timestamp',
  index: 'index',
  uuid: 'uuid',
  gpu_uuid: 'uuid',
  'pci.bus_id': 'pciBusId',
  gpu_bus_id: 'pciBusId',
  name: 'name',
  gpu_name: 'name',
};

/** Reads `--query-gpu=… --format=csv`, with or without units and header, one record a line, as it comes. */
export function createQueryCsvReader(options: QueryCsvOptions = {}): SmiLineReader {
  let layout = options.fields === undefined ? undefined : layoutOf(options.fields);
  return new SmiLineReader((line, problems) => {
    const cells = line.split(',').map((cell) => cell.trim());
    if (isHeader(cells)) {
      layout = layoutOf(cells);
      return undefined;
    }
    if (cells.length !== layout?.count) return readOddLine(line, layout, problems);
    return readRow(cells, layout, problems);
  });
}

/** Reads a whole text of `--query-gpu=… --format=csv`. Never throws. */
export function parseQueryCsv(text: string, options: QueryCsvOptions = {}): SmiText {
  return readAll(createQueryCsvReader(options), text);
}

function isHeader(cells: readonly string[]): boolean {
  const names = cells.map((cell) => fieldAndUnit(cell).field);
  return names.every((name) => /^[a-z][a-z0-9_.]*$/.test(name)) && names.some(isKnownField);
}

function isKnownField(field: string): boolean {
  return METRIC_OF_FIELD.has(field) || Object.hasOwn(IDENTITY_OF_FIELD, field) || /^\w+(\.\w+)+$/.test(field);
}

function fieldAndUnit(cell: string): { field: string; unit: string | undefined } {
  const [, field = cell, unit] = /^(\S+)\s+\[([^\]]*)\]$/.exec(cell.trim()) ?? [];
  return { field: field.trim(), unit };
}

function layoutOf(cells: readonly string[]): Layout {
  const columns = cells.map((cell, at) => ({ at, ...fieldAndUnit(cell) }));
  const identity: Record<string, number> = {};
  const metrics: (MetricColumn & { readonly rank: number })[] = [];
  const others: Column[] = [];
  for (const column of columns) {
    const known = METRIC_OF_FIELD.get(column.field);
    const key = Object.hasOwn(IDENTITY_OF_FIELD, column.field) ? IDENTITY_OF_FIELD[column.field] : undefined;
    if (key !== undefined) identity[key] = column.at;
    else if (known !== undefined) metrics.push({ ...column, ...known });
    else others.push(column);
  }
  return {
    count: cells.length,
    identity,
    metrics: metrics.toSorted((left, right) => left.rank - right.rank),
    others,
  };
}

function readRow(cells: readonly string[], layout: Layout, problems: ProblemList): SmiRecord {
  const builder = new RecordBuilder(problems);
  const cellAt = (at: number | undefined): string | undefined => (at === undefined ? undefined : cells[at]);
  for (const { at, unit, metric } of layout.metrics) {
    builder.readField({
      text: cells[at] ?? '',
      metric,
      ...(unit === undefined ? {} : { printedUnit: unit }),
    });
  }
  for (const { at, field } of layout.others) builder.addOther(field, cells[at] ?? '');
  const { index, uuid, pciBusId, name, timestamp } = layout.identity;
  if ([index, uuid, pciBusId, name].some((at) => /\bgpu is lost\b/i.test(cellAt(at) ?? '')))
    builder.markLost();
  return builder.finish(
    gpuFrom({ index: cellAt(index), uuid: cellAt(uuid), pciBusId: cellAt(pciBusId), name: cellAt(name) }),
    cellAt(timestamp),
  );
}

/** A message between the rows, a row cut short, or the row of a GPU that is gone: nvidia-smi prints all three on the same stream. */
function readOddLine(line: string, layout: Layout | undefined, problems: ProblemList): SmiRecord | undefined {
  const busId = /\bGPU\s*([0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-9a-f])/i.exec(line)?.[1];
  if (/\bgpu is lost\b/i.test(line)) {
    problems.add('message', line);
    const builder = new RecordBuilder(problems);
    builder.markLost();
    return builder.finish(gpuFrom({ pciBusId: busId }));
  }
  if (!line.includes(',') || /[a-z]{3,} [a-z]{2,} [a-z]{2,}/i.test(line)) problems.add('message', line);
  else problems.add(layout === undefined ? 'no header' : 'column count', line);
  return undefined;
}
