import { requestName } from './request-name.js';
import type { LineModel, PageModel, RequestModel } from './page-model.js';
import { countUpTo } from './sorted-times.js';
import { hueOf, type Theme } from './theme.js';

/** One value at an instant: who says it, and how long ago. */
export interface Reading {
  readonly group: string;
  readonly label: string;
  readonly source: string;
  readonly text: string;
  readonly ageS: number | undefined;
  readonly hue: number | undefined;
}

/** Everything that is known of one instant; the request under the pointer first. */
export function readingsAt(
  { requests, episodes, panels }: PageModel,
  timeS: number,
  pointed: RequestModel | undefined,
): readonly Reading[] {
  const open = requests.filter(({ intendedS, endS }) => intendedS <= timeS && timeS < endS);
  const plain = (group: string, label: string, text: string): Reading => ({
    group,
    label,
    source: '',
    text,
    ageS: undefined,
    hue: undefined,
  });
  return [
    plain('Requests', 'in flight', String(open.length)),
    ...(pointed === undefined ? [] : requestReadings(pointed, timeS)),
    ...episodes
      .filter(({ fromS, toS }) => fromS <= timeS && timeS <= toS)
      .map(({ id, cause, missed }) => plain('Stall episode', id, `${cause}, ${missed} missed`)),
    ...panels.flatMap((panel) =>
      panel.kind === 'lines'
        ? panel.lines.flatMap((line) => lineReading(line, timeS, panel))
        : panel.lanes.flatMap(({ label, source, spans }) =>
            spans
              .filter(({ fromS, toS }) => fromS <= timeS && timeS <= toS)
              .map(({ text }) => ({ ...plain(panel.title, label, text), source })),
          ),
    ),
  ];
}

function requestReadings(request: RequestModel, timeS: number): readonly Reading[] {
  const { marksS, tokenCounts, index, state, missedCount } = request;
  const seen = countUpTo(marksS, timeS);
  const tokensSoFar = tokenCounts.subarray(0, seen).reduce((sum, count) => sum + count, 0);
  const allTokens = tokenCounts.reduce((sum, count) => sum + count, 0);
  const lastS = marksS[seen - 1];
  return [
    {
      group: 'Requests',
      label: requestName(index),
      source: `${state}, ${missedCount} missed`,
      text: `${tokensSoFar} of ${allTokens} tokens`,
      ageS: lastS === undefined ? undefined : timeS - lastS,
      hue: undefined,
    },
  ];
}

function lineReading(
  line: LineModel,
  timeS: number,
  { title, unit }: { readonly title: string; readonly unit: string },
): Reading[] {
  const { timesS, values, breaks, holds, label, source, hue } = line;
  const before = countUpTo(timesS, timeS) - 1;
  // A rate speaks for the time before its point.
  const at = holds === 'before' && breaks[before] !== 1 && before + 1 < timesS.length ? before + 1 : before;
  const value = values[at];
  const ageS = timeS - (timesS[at] ?? NaN);
  if (value === undefined) return [];
  // Between a break and the next point nothing is known, and an old value would look like a present one.
  if (at === before && breaks[at] === 1 && ageS > 0)
    return [{ group: title, label, source, hue, ageS, text: 'no sample' }];
  return [{ group: title, label, source, hue, ageS, text: `${formatValue(value)} ${unit}` }];
}

export function formatValue(value: number): string {
  const digits = Math.abs(value) >= 1_000 ? 0 : Math.abs(value) >= 10 ? 1 : 3;
  return value.toLocaleString('en', { maximumFractionDigits: digits });
}

export function formatSeconds(seconds: number): string {
  const sizeS = Math.abs(seconds);
  if (sizeS < 1e-3) return `${(seconds * 1e6).toFixed(0)} µs`;
  return sizeS < 1 ? `${(seconds * 1e3).toFixed(1)} ms` : `${seconds.toFixed(3)} s`;
}

/** Sampled so long before the instant; a rate's window may end after it. */
function ageText(ageS: number | undefined): string {
  if (ageS === undefined) return '';
  return ageS < 0 ? `until ${formatSeconds(-ageS)} later` : `${formatSeconds(ageS)} ago`;
}

/** Rows of the table beside the timeline; text only, never markup. */
export function showReadings(body: HTMLElement, readings: readonly Reading[], theme: Theme): void {
  let group = '';
  const rows = readings.flatMap((reading) => {
    const heading = reading.group === group ? [] : [headingRow((group = reading.group))];
    return [...heading, readingRow(reading, theme)];
  });
  body.replaceChildren(...rows);
}

function headingRow(text: string): HTMLTableRowElement {
  const row = document.createElement('tr');
  const cell = document.createElement('th');
  cell.colSpan = 3;
  cell.scope = 'rowgroup';
  cell.textContent = text;
  row.append(cell);
  return row;
}

function readingRow({ label, source, text, ageS, hue }: Reading, theme: Theme): HTMLTableRowElement {
  const row = document.createElement('tr');
  const name = document.createElement('td');
  if (hue !== undefined) {
    const swatch = document.createElement('span');
    swatch.className = 'swatch';
    swatch.style.background = hueOf(theme, hue);
    name.append(swatch);
  }
  name.append(label);
  if (source !== '') {
    const small = document.createElement('small');
    small.textContent = ` ${source}`;
    name.append(small);
  }
  const value = document.createElement('td');
  value.textContent = text;
  const age = document.createElement('td');
  age.textContent = ageText(ageS);
  row.append(name, value, age);
  return row;
}
