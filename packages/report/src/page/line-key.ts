import type { LineModel } from './page-model.js';
import { HUES_COUNT } from './theme.js';

/**
 * What the lines of a strip are: a stroke for each kind of value where there are several, a colour for each source where there are several and
 * the strip above has not named them.
 */
export function lineKey(lines: readonly LineModel[], above: readonly LineModel[]): HTMLElement | undefined {
  const kinds = new Map(lines.map(({ label, isDashed }) => [label, isDashed]));
  const sources = huesBySource(lines);
  const isNamedAbove = String([...sources]) === String([...huesBySource(above)]);
  const entries = [
    ...(kinds.size < 2 ? [] : [...kinds].map(([label, isDashed]) => strokeEntry(label, isDashed))),
    ...(sources.size < 2 || isNamedAbove ? [] : [...sources].map(([source, hue]) => hueEntry(source, hue))),
  ];
  if (entries.length === 0) return undefined;
  const key = document.createElement('p');
  key.className = 'line-key';
  key.append(...entries.flatMap((entry) => [entry, ' ']));
  return key;
}

function huesBySource(lines: readonly LineModel[]): ReadonlyMap<string, number> {
  return new Map(lines.map(({ source, hue }) => [source, hue]));
}

function strokeEntry(label: string, isDashed: boolean): HTMLElement {
  const sign = document.createElement('i');
  sign.className = isDashed ? 'stroke dashed' : 'stroke';
  return entryOf(sign, label);
}

function hueEntry(source: string, hue: number): HTMLElement {
  const sign = document.createElement('i');
  sign.className = 'swatch';
  sign.style.background = `var(--hue-${hue % HUES_COUNT})`;
  return entryOf(sign, source);
}

function entryOf(sign: HTMLElement, text: string): HTMLElement {
  const entry = document.createElement('span');
  entry.append(sign, text);
  return entry;
}
