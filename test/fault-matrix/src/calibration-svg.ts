import type { CalibrationBin } from './calibration-figures.js';

const SIZE = 320;
const MARGIN = 40;
const FONT = 'font-family="sans-serif" font-size="11"';

/** How often claims of a confidence were right: on the diagonal where they say what they know. The area of a dot is its share of the misses. */
export function calibrationSvg(bins: readonly CalibrationBin[]): string {
  const all = SIZE + 2 * MARGIN;
  const total = bins.reduce((sum, { weight }) => sum + weight, 0);
  const x = (ratio: number): string => (MARGIN + ratio * SIZE).toFixed(1);
  const y = (ratio: number): string => (MARGIN + (1 - ratio) * SIZE).toFixed(1);
  const ticks = [0, 0.25, 0.5, 0.75, 1];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${all} ${all}" width="${all}" height="${all}" role="img">`,
    '<title>Share of claims that were right, by the confidence that they stated</title>',
    `<rect width="${all}" height="${all}" fill="#fff"/>`,
    `<rect x="${MARGIN}" y="${MARGIN}" width="${SIZE}" height="${SIZE}" fill="none" stroke="#888"/>`,
    `<line x1="${x(0)}" y1="${y(0)}" x2="${x(1)}" y2="${y(1)}" stroke="#bbb" stroke-dasharray="4 3"/>`,
    ...ticks.flatMap((tick) => [
      `<text ${FONT} x="${x(tick)}" y="${MARGIN + SIZE + 16}" text-anchor="middle">${tick}</text>`,
      `<text ${FONT} x="${MARGIN - 6}" y="${Number(y(tick)) + 4}" text-anchor="end">${tick}</text>`,
    ]),
    `<text ${FONT} x="${MARGIN + SIZE / 2}" y="${all - 6}" text-anchor="middle">stated confidence</text>`,
    `<text ${FONT} transform="translate(11 ${MARGIN + SIZE / 2}) rotate(-90)" text-anchor="middle">share that was right</text>`,
    ...bins.map(
      ({ confidenceRatio, correctRatio, weight }) =>
        `<circle cx="${x(confidenceRatio)}" cy="${y(correctRatio)}" r="${(3 + 12 * Math.sqrt(weight / total)).toFixed(1)}" fill="rgba(30,90,200,0.6)"/>`,
    ),
    '</svg>',
    '',
  ].join('\n');
}
