import { CAUSES } from '@fluidscope/trace-schema';
import type { Confusion } from './confusion.js';
import type { Label } from './labels.js';

const CELL = 22;
const LEFT = 210;
const TOP = 210;
const FONT = 'font-family="sans-serif" font-size="11"';

/** A confusion matrix as a picture: a row for each truth, a column for each claim, as shares of the row. */
export function confusionSvg(confusion: Confusion): string {
  const order: readonly Label[] = [...CAUSES, 'load'];
  const truths = order.filter((label) => confusion.ofTruth(label) > 0);
  const claims = order.filter((label) => confusion.ofClaim(label) > 0);
  const [width, height] = [LEFT + claims.length * CELL + 20, TOP + truths.length * CELL + 20];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    '<title>Missed deadlines by what they were due to (rows) and what they were laid to (columns)</title>',
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    ...claims.map((label, column) => columnName(label, column)),
    ...truths.flatMap((truth, row) => rowOf(confusion, { truth, row, claims })),
    '</svg>',
    '',
  ].join('\n');
}

function columnName(label: Label, column: number): string {
  const x = LEFT + column * CELL + CELL / 2 + 4;
  return `<text ${FONT} transform="translate(${x} ${TOP - 6}) rotate(-60)">${label}</text>`;
}

function rowOf(
  confusion: Confusion,
  { truth, row, claims }: { readonly truth: Label; readonly row: number; readonly claims: readonly Label[] },
): string[] {
  const y = TOP + row * CELL;
  const total = confusion.ofTruth(truth);
  const name = `<text ${FONT} x="${LEFT - 6}" y="${y + 15}" text-anchor="end">${truth}</text>`;
  const cells = claims.flatMap((claimed, column) => {
    const ratio = confusion.weight(truth, claimed) / total;
    const x = LEFT + column * CELL;
    const color = truth === claimed ? '26,127,55' : '190,40,40';
    const frame = `<rect x="${x}" y="${y}" width="${CELL}" height="${CELL}" fill="rgba(${color},${ratio.toFixed(3)})" stroke="#ddd"/>`;
    const ink = ratio > 0.6 ? '#fff' : '#000';
    return ratio < 0.005
      ? [frame]
      : [
          frame,
          `<text font-family="sans-serif" font-size="9" fill="${ink}" x="${x + CELL / 2}" y="${y + 14}" text-anchor="middle">${Math.round(100 * ratio)}</text>`,
        ];
  });
  return [name, ...cells];
}
