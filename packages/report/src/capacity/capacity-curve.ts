import { html, type Html } from '../html/html.js';
import { loadText } from './capacity-report.js';

export interface CurveLine {
  readonly name: string;
  /** In order of load. */
  readonly points: readonly { readonly load: number; readonly value: number }[];
}

export interface Curve {
  readonly title: string;
  readonly unit: string;
  readonly lines: readonly CurveLine[];
  /** Where a limit lies, on the axis of values. */
  readonly limit?: number | undefined;
  /** Loads between which the capacity lies, and its estimate. */
  readonly capacity:
    { readonly load: number; readonly lowLoad: number; readonly highLoad: number } | undefined;
}

const WIDTH = 620;
const HEIGHT = 240;
const LEFT = 62;
const RIGHT = 12;
const TOP = 14;
const BOTTOM = 30;
const MOST_TICKS = 5;

interface Scale {
  readonly ticks: readonly number[];
  readonly at: (value: number) => number;
}

/** A quantity over the load, its lines with their points. Its table says the same to those who do not see it. */
export function curveSvg(curve: Curve): Html {
  const all = curve.lines.flatMap(({ points }) => points);
  const x = scaleOf(
    all.map(({ load }) => load),
    { from: LEFT, to: WIDTH - RIGHT },
  );
  const y = scaleOf([...all.map(({ value }) => value), ...(curve.limit === undefined ? [] : [curve.limit])], {
    from: HEIGHT - BOTTOM,
    to: TOP,
  });
  return html`<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${curve.title} over the load">
    ${band(curve, x)} ${grid(x, y)}
    ${
      curve.limit === undefined
        ? undefined
        : html`<line
            class="limit"
            x1="${LEFT}"
            x2="${WIDTH - RIGHT}"
            y1="${px(y.at(curve.limit))}"
            y2="${px(y.at(curve.limit))}"
          />`
    }
    ${curve.lines.map((line, hue) => lineSvg(line, { x, y, hue, unit: curve.unit }))}
  </svg>`;
}

function band({ capacity }: Curve, x: Scale): Html | undefined {
  if (capacity === undefined) return undefined;
  const [from, to, at] = [x.at(capacity.lowLoad), x.at(capacity.highLoad), x.at(capacity.load)];
  return html`<rect
      class="interval"
      x="${px(from)}"
      width="${px(Math.max(1, to - from))}"
      y="${TOP}"
      height="${HEIGHT - TOP - BOTTOM}"
    />
    <line class="estimate" x1="${px(at)}" x2="${px(at)}" y1="${TOP}" y2="${HEIGHT - BOTTOM}" />`;
}

function grid(x: Scale, y: Scale): Html {
  return html`${y.ticks.map(
    (tick) =>
      html`<line
          class="grid"
          x1="${LEFT}"
          x2="${WIDTH - RIGHT}"
          y1="${px(y.at(tick))}"
          y2="${px(y.at(tick))}"
        />
        <text x="${LEFT - 6}" y="${px(y.at(tick) + 4)}" text-anchor="end">${loadText(tick)}</text>`,
  )}
  ${x.ticks.map((tick) => html`<text x="${px(x.at(tick))}" y="${HEIGHT - 10}" text-anchor="middle">${loadText(tick)}</text>`)}`;
}

function lineSvg(
  { name, points }: CurveLine,
  { x, y, hue, unit }: { readonly x: Scale; readonly y: Scale; readonly hue: number; readonly unit: string },
): Html {
  const path = points.map(
    ({ load, value }, index) => `${index === 0 ? 'M' : 'L'}${px(x.at(load))} ${px(y.at(value))}`,
  );
  return html`<g class="hue-${hue}">
    <path class="line" d="${path.join('')}" />
    ${points.map(
      ({ load, value }) =>
        html`<circle cx="${px(x.at(load))}" cy="${px(y.at(value))}" r="3"
          ><title>${name} at ${loadText(load)}: ${loadText(value)} ${unit}</title></circle
        >`,
    )}
  </g>`;
}

function scaleOf(
  values: readonly number[],
  { from, to }: { readonly from: number; readonly to: number },
): Scale {
  const low = Math.min(...values, Infinity);
  const high = Math.max(...values, -Infinity);
  const span = high > low ? high - low : Math.abs(high) || 1;
  const step = niceStep(span / MOST_TICKS);
  const first = Math.floor(low / step) * step;
  const last = Math.max(first + step, Math.ceil(high / step) * step);
  const ticks = Array.from(
    { length: Math.round((last - first) / step) + 1 },
    (_, index) => first + index * step,
  );
  return {
    ticks,
    at: (value) => from + ((to - from) * (Math.min(last, Math.max(first, value)) - first)) / (last - first),
  };
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
