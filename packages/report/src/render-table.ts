import Table from 'cli-table3';

const NO_LINES = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

/** Columns of text, the first to the left and the others to the right or as `aligns` says; no colour, a newline at the end. */
export function renderTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  aligns?: readonly ('left' | 'right')[],
): string {
  const table = new Table({
    head: [...header],
    chars: NO_LINES,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
    colAligns: header.map((_, column) => aligns?.[column] ?? (column === 0 ? 'left' : 'right')),
  });
  table.push(...rows.map((row) => [...row]));
  const lines = table.toString().split('\n');
  return lines.map((line) => `${line.trimEnd()}\n`).join('');
}
