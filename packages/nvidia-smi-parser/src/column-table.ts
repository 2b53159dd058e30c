/** Headers of dmon and pmon: names in the first `#` line, units in the second. */
export interface ColumnTable {
  readonly names: readonly string[];
  readonly units: readonly string[];
}

/**
 * Takes one `#` line: the first of a pair starts a new table, the second gives its units. A unit line is known by its words, so that a
 * repeated header, and one whose unit line is missing, both work.
 */
export function withHeaderLine(table: ColumnTable | undefined, line: string): ColumnTable {
  const words = line.trim().replace(/^#\s*/, '').toLowerCase().split(/\s+/);
  if (table !== undefined && words.some((word) => UNIT_WORDS.has(word))) return { ...table, units: words };
  return { names: words, units: [] };
}

const UNIT_WORDS: ReadonlySet<string> = new Set([
  'idx',
  'yyyymmdd',
  'hh:mm:ss',
  'c/g',
  'c/g/m',
  '#',
  'mhz',
  'w',
  '%',
]);

/** Column names with the row's texts; the last column takes all further words (a command line). */
export function cellsOf(
  table: ColumnTable,
  line: string,
): { name: string; unit: string; text: string }[] | undefined {
  const words = line.trim().split(/\s+/);
  if (words.length < table.names.length) return undefined;
  const last = table.names.length - 1;
  if (words.length > table.names.length && table.names[last] !== 'command') return undefined;
  return table.names.map((name, at) => ({
    name,
    unit: table.units[at] ?? '',
    text: at === last ? words.slice(at).join(' ') : (words[at] ?? ''),
  }));
}
