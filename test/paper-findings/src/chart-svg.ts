const WIDTH = 560;
const HEIGHT = 300;
const LEFT = 56;
const RIGHT = 16;
const TOP = 34;
const BOTTOM = 44;
const FONT = 'font-family="sans-serif" font-size="11"';
/** Told apart by people who see no red or green, too. */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7'];

export interface ChartSeries {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface LineChart {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly yMax: number;
  readonly series: readonly ChartSeries[];
}

/** Lines over a plain grid, as text that `diff` can compare. */
export function lineChartSvg({ title, xLabel, yLabel, yMax, series }: LineChart): string {
  const xMax = Math.max(...series.flatMap(({ points }) => points.map(([x]) => x)));
  const x = (value: number): string => (LEFT + (value / xMax) * (WIDTH - LEFT - RIGHT)).toFixed(1);
  const y = (value: number): string =>
    (HEIGHT - BOTTOM - (value / yMax) * (HEIGHT - TOP - BOTTOM)).toFixed(1);
  const steps = [0, 0.25, 0.5, 0.75, 1];
  return framed(title, [
    ...steps.flatMap((step) => [
      `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(step * yMax)}" y2="${y(step * yMax)}" stroke="#ddd"/>`,
      `<text ${FONT} x="${LEFT - 6}" y="${Number(y(step * yMax)) + 4}" text-anchor="end">${short(step * yMax)}</text>`,
      `<text ${FONT} x="${x(step * xMax)}" y="${HEIGHT - BOTTOM + 16}" text-anchor="middle">${short(step * xMax)}</text>`,
    ]),
    `<text ${FONT} x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 8}" text-anchor="middle">${xLabel}</text>`,
    `<text ${FONT} transform="translate(14 ${(TOP + HEIGHT - BOTTOM) / 2}) rotate(-90)" text-anchor="middle">${yLabel}</text>`,
    ...series.map(
      ({ points }, at) =>
        `<polyline fill="none" stroke="${COLOURS[at]}" stroke-width="2" points="${points.map(([a, b]) => `${x(a)},${y(Math.min(b, yMax))}`).join(' ')}"/>`,
    ),
    ...series.map(({ name }, at) => legend(name, at)),
  ]);
}

export interface BarGroup {
  readonly name: string;
  /** One a bar, from 0 to 1. */
  readonly bars: readonly { readonly ratio: number; readonly label: string }[];
}

/** Groups of bars side by side, each bar with its own figure above it. */
export function barChartSvg(title: string, names: readonly string[], groups: readonly BarGroup[]): string {
  const groupWidth = (WIDTH - LEFT - RIGHT) / groups.length;
  const barWidth = (groupWidth * 0.84) / names.length;
  const room = HEIGHT - TOP - BOTTOM - 14;
  return framed(title, [
    ...groups.flatMap(({ name, bars }, group) => [
      `<text ${FONT} x="${(LEFT + (group + 0.5) * groupWidth).toFixed(1)}" y="${HEIGHT - BOTTOM + 18}" text-anchor="middle">${name}</text>`,
      ...bars.flatMap(({ ratio, label }, at) => {
        const left = LEFT + group * groupWidth + groupWidth * 0.08 + at * barWidth;
        const top = HEIGHT - BOTTOM - ratio * room;
        return [
          `<rect x="${left.toFixed(1)}" y="${top.toFixed(1)}" width="${(barWidth - 3).toFixed(1)}" height="${(ratio * room).toFixed(1)}" fill="${COLOURS[at]}"/>`,
          `<text ${FONT} x="${(left + barWidth / 2 - 1.5).toFixed(1)}" y="${(top - 3).toFixed(1)}" text-anchor="middle">${label}</text>`,
        ];
      }),
    ]),
    ...names.map((name, at) => legend(name, at)),
  ]);
}

function legend(name: string, at: number): string {
  const left = LEFT + at * 125;
  return `<rect x="${left}" y="${TOP - 15}" width="10" height="10" fill="${COLOURS[at]}"/><text ${FONT} x="${left + 14}" y="${TOP - 6}">${name}</text>`;
}

function framed(title: string, parts: readonly string[]): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img">`,
    `<title>${title}</title>`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    `<text font-family="sans-serif" font-size="12" font-weight="bold" x="${LEFT}" y="13">${title}</text>`,
    ...parts,
    '</svg>',
    '',
  ].join('\n');
}

function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}
