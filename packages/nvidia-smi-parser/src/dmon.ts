import { cellsOf, withHeaderLine, type ColumnTable } from './column-table.js';
import { readAll, SmiLineReader } from './line-reader.js';
import type { ProblemList } from './problem-list.js';
import { gpuFrom, RecordBuilder } from './record-builder.js';
import { PMON_METRICS, SMI_METRICS, type SmiMetric } from './smi-metrics.js';
import type { SmiRecord, SmiText } from './smi-record.js';

type TableMetric = Pick<SmiMetric, 'metric' | 'unit' | 'printedUnit' | 'dmonColumns'>;

/** Reads `nvidia-smi dmon` as it comes, any choice and order of columns: one record a line. */
export function createDmonReader(): SmiLineReader {
  return createTableReader(SMI_METRICS, () => undefined);
}

/** Reads `nvidia-smi pmon` as it comes: one record a process line, its readings' `subId` the pid. */
export function createPmonReader(): SmiLineReader {
  return createTableReader(PMON_METRICS, (cells) => {
    const pid = Number(cells.get('pid') ?? Number.NaN);
    return Number.isSafeInteger(pid) && pid >= 0 ? pid : undefined;
  });
}

/** Reads a whole text of `nvidia-smi dmon`. Never throws. */
export function parseDmon(text: string): SmiText {
  return readAll(createDmonReader(), text);
}

/** Reads a whole text of `nvidia-smi pmon`. A GPU without processes (a row of dashes) gives a record without readings. Never throws. */
export function parsePmon(text: string): SmiText {
  return readAll(createPmonReader(), text);
}

function createTableReader(
  metrics: readonly TableMetric[],
  subIdOf: (cells: ReadonlyMap<string, string>) => number | undefined,
): SmiLineReader {
  const metricOf = new Map(metrics.flatMap((metric) => metric.dmonColumns.map((name) => [name, metric])));
  let table: ColumnTable | undefined;
  return new SmiLineReader((line, problems) => {
    if (line.trimStart().startsWith('#')) {
      table = withHeaderLine(table, line);
      return undefined;
    }
    return readRow({ line, table, metricOf, subIdOf }, problems);
  });
}

interface Row {
  readonly line: string;
  readonly table: ColumnTable | undefined;
  readonly metricOf: ReadonlyMap<string, TableMetric>;
  readonly subIdOf: (cells: ReadonlyMap<string, string>) => number | undefined;
}

function readRow({ line, table, metricOf, subIdOf }: Row, problems: ProblemList): SmiRecord | undefined {
  const cells = table === undefined ? undefined : cellsOf(table, line);
  if (cells === undefined || !/^[\d\s:.-]*$/.test(cells[0]?.text ?? '')) {
    const isMessage = /[a-z]{3,} [a-z]{2,}/i.test(line);
    problems.add(isMessage ? 'message' : table === undefined ? 'no header' : 'column count', line);
    return undefined;
  }
  const builder = new RecordBuilder(problems);
  const textOf = new Map(cells.map((cell) => [cell.name, cell.text]));
  const subId = subIdOf(textOf);
  for (const { name, unit, text } of cells) {
    const metric = metricOf.get(name);
    if (metric !== undefined && (unit in ROW_UNITS || unit === '')) {
      const printed = ROW_UNITS[unit];
      builder.readField({
        text,
        metric,
        ...(printed === undefined ? {} : { printedUnit: printed }),
        ...(subId === undefined ? {} : { subId }),
      });
    } else if (!IDENTITY_COLUMNS.has(name)) builder.addOther(name, text);
  }
  const stamp = [textOf.get('date'), textOf.get('time')].filter((each) => each !== undefined).join(' ');
  return builder.finish(gpuFrom({ index: textOf.get('gpu') }), stamp === '' ? undefined : stamp);
}

const IDENTITY_COLUMNS: ReadonlySet<string> = new Set(['gpu', 'date', 'time']);

/** Words of the unit line; a column in another unit than these is kept as printed. */
const ROW_UNITS: Readonly<Record<string, string | undefined>> = {
  w: 'W',
  c: 'C',
  '%': '%',
  mhz: 'MHz',
  mb: 'MiB',
  errs: '',
};
