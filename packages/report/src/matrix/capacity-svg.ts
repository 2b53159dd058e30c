import { html, type Html } from '../html/html.js';
import { capacityText, load, type CapacityBar, type CapacityChart } from './capacity-chart.js';

const WIDTH = 960;
const HEIGHT = 330;
const LEFT = 56;
const TOP = 24;
const BOTTOM = 34;
const PLOT_HEIGHT = HEIGHT - TOP - BOTTOM;
/** Of a group's width, to the left and the right of its bars. */
const GROUP_PAD_RATIO = 0.12;
const MAX_BAR_WIDTH = 90;
const CAP_HALF_WIDTH = 5;
const MOST_TICKS = 5;

interface Scale {
  readonly max: number;
  readonly ticks: readonly number[];
  readonly y: (value: number) => number;
}

/** Bars with their intervals, grouped by SLO: one colour a system. Its table says the same to those who do not see it. */
export function capacitySvg(chart: CapacityChart): Html {
  const scale = scaleOf(chart);
  const groupWidth = (WIDTH - LEFT) / chart.slos.length;
  return html`<svg
    viewBox="0 0 ${WIDTH} ${HEIGHT}"
    role="img"
    aria-label="Capacity in ${chart.unit}: ${chart.title}"
  >
    ${scale.ticks.map(
      (tick) =>
        html`<line
            class="grid"
            x1="${LEFT}"
            x2="${WIDTH}"
            y1="${px(scale.y(tick))}"
            y2="${px(scale.y(tick))}"
          />
          <text class="tick" x="${LEFT - 8}" y="${px(scale.y(tick) + 4)}" text-anchor="end"
            >${load(tick)}</text
          >`,
    )}
    <text class="tick" x="0" y="12">${chart.unit}</text>
    ${chart.bars.map((bars, group) => groupOf(chart, bars, { scale, left: LEFT + group * groupWidth, width: groupWidth, group }))}
  </svg>`;
}

interface Place {
  readonly scale: Scale;
  readonly left: number;
  readonly width: number;
  readonly group: number;
}

function groupOf(
  chart: CapacityChart,
  bars: readonly CapacityBar[],
  { scale, left, width, group }: Place,
): Html {
  const room = width * (1 - 2 * GROUP_PAD_RATIO);
  const step = Math.min(MAX_BAR_WIDTH, room / bars.length);
  const start = left + (width - step * bars.length) / 2;
  return html`${bars.map((bar, system) => barOf(bar, { scale, left: start + system * step, width: step * 0.86, system, name: chart.systems[system] ?? '' }))}
    <text class="group" x="${px(left + width / 2)}" y="${HEIGHT - 10}" text-anchor="middle"
      >${chart.slos[group]?.name ?? ''}</text
    >`;
}

interface BarPlace {
  readonly scale: Scale;
  readonly left: number;
  readonly width: number;
  readonly system: number;
  readonly name: string;
}

function barOf(bar: CapacityBar, { scale, left, width, system, name }: BarPlace): Html {
  const value = heightOf(bar);
  const top = scale.y(value);
  const center = left + width / 2;
  return html`<g class="hue-${system % 8}">
    <title>${name}: ${capacityText(bar)}${bar.kind === 'failed' ? ` (${bar.reason})` : ''}</title>
    <rect
      class="${bar.kind === 'above' ? 'bar open-ended' : 'bar'}"
      x="${px(left)}"
      width="${px(width)}"
      y="${px(top)}"
      height="${px(Math.max(0, TOP + PLOT_HEIGHT - top))}"
    />
    ${bar.kind === 'found' ? whisker(bar, scale, center) : undefined}
    <text class="value" x="${px(center)}" y="${px(labelY(bar, scale))}" text-anchor="middle"
      >${labelOf(bar)}</text
    >
  </g>`;
}

function whisker(
  { low, high }: { readonly low: number; readonly high: number },
  scale: Scale,
  center: number,
): Html {
  const [top, bottom] = [px(scale.y(high)), px(scale.y(low))];
  const [from, to] = [px(center - CAP_HALF_WIDTH), px(center + CAP_HALF_WIDTH)];
  return html`<path
    class="whisker"
    d="M${from} ${top}H${to}M${px(center)} ${top}V${bottom}M${from} ${bottom}H${to}"
  />`;
}

function labelOf(bar: CapacityBar): string {
  switch (bar.kind) {
    case 'found':
      return load(bar.estimate);
    case 'below':
      return `< ${load(bar.limit)}`;
    case 'above':
      return `> ${load(bar.limit)}`;
    case 'failed':
      return 'failed';
    case 'open':
      return '–';
  }
}

function labelY(bar: CapacityBar, scale: Scale): number {
  return scale.y(bar.kind === 'found' ? Math.max(bar.high, bar.estimate) : heightOf(bar)) - 6;
}

/** What was not met at its lowest load has no height: nothing says that it has a capacity at all. */
function heightOf(bar: CapacityBar): number {
  if (bar.kind === 'found') return bar.estimate;
  return bar.kind === 'above' ? bar.limit : 0;
}

function scaleOf({ bars }: CapacityChart): Scale {
  const highest = Math.max(
    0,
    ...bars.flat().map((bar) => (bar.kind === 'found' ? Math.max(bar.high, bar.estimate) : heightOf(bar))),
  );
  const step = niceStep((highest === 0 ? 1 : highest) / MOST_TICKS);
  const max = step * Math.max(1, Math.ceil((highest * 1.05) / step));
  const ticks = Array.from({ length: Math.round(max / step) + 1 }, (_, index) => index * step);
  return { max, ticks, y: (value) => TOP + PLOT_HEIGHT * (1 - Math.min(value, max) / max) };
}

/** 1, 2 or 5 times a power of ten, not below `least`. */
function niceStep(least: number): number {
  const decade = 10 ** Math.floor(Math.log10(least));
  const factor = [1, 2, 5].find((each) => each * decade >= least * (1 - 1e-9)) ?? 10;
  return factor * decade;
}

function px(value: number): string {
  return value.toFixed(1);
}
