// @ts-check

/** @typedef {import('./summary.js').Row} Row */
/** @typedef {import('./summary.js').Spread} Spread */

/** The rows as lines of equally wide columns. @param {readonly Row[]} rows @param {ReadonlyMap<string, string>} notRun contender to reason */
export function tableOf(rows, notRun) {
  const cells = rows.map(({ contender, figure, value, ratio }, rowIndex) => [
    rows[rowIndex - 1]?.figure === figure ? '' : `${figure.key} (${figure.unit}, ${figure.better} is better)`,
    contender,
    value === undefined ? missingText(notRun.get(contender)) : number(value.median),
    value === undefined ? '' : `${number(value.min)} … ${number(value.max)}`,
    figure.ratioTo === undefined || figure.ratioTo === contender ? '' : ratioText(ratio, figure.ratioTo),
  ]);
  const table = [['figure', 'contender', 'median', 'min … max', 'times better'], ...cells];
  const widths = table.reduce(
    (widest, row) => row.map((cell, columnIndex) => Math.max(widest[columnIndex] ?? 0, cell.length)),
    /** @type {number[]} */ ([]),
  );
  return table.map((row) =>
    row
      .map((cell, columnIndex) => cell.padEnd(widths[columnIndex] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

/** @param {string | undefined} reason */
function missingText(reason) {
  return reason === undefined ? '-' : `not run: ${reason}`;
}

/** @param {Spread | undefined} ratio @param {string} base */
function ratioText(ratio, base) {
  if (ratio === undefined) return '-';
  return `${number(ratio.median)} x ${base} (${number(ratio.min)} … ${number(ratio.max)})`;
}

/** Three significant digits, thousands apart. @param {number} value */
export function number(value) {
  return value.toLocaleString(
    'en',
    Math.abs(value) >= 1000 ? { maximumFractionDigits: 0 } : { maximumSignificantDigits: 3 },
  );
}
