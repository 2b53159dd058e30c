import type { ColumnRing } from './column-ring.js';
import { xOf, type Drawing, type Painter, type View } from './lane-picture.js';
import { scaleTop } from './scale-top.js';
import { GRID_NS } from './time-axis.js';

export interface Line {
  readonly series: ColumnRing;
  readonly hue: number;
  readonly isFilled?: boolean;
  /** Drawn from 0 up to a round number above the largest of these lines' values shown, or to a fixed top. */
  readonly scale: string;
  readonly isDashed?: boolean;
}

export interface LineStripOptions {
  readonly lines: readonly Line[];
  /** Scales with a fixed top. */
  readonly tops?: Readonly<Record<string, number>>;
  /** Columns marked along the lower edge. */
  readonly isMarked?: (column: number) => boolean;
}

/** Lines over time, with gaps where there is no value. */
export class LineStrip implements Painter {
  readonly #options: LineStripOptions;

  constructor(options: LineStripOptions) {
    this.#options = options;
  }

  /** Up to where each line's scale reaches. */
  topsOf({ last, shownCount }: View): readonly number[] {
    const { lines, tops = {} } = this.#options;
    const largest = new Map<string, number>();
    for (const { scale, series } of lines) {
      if (tops[scale] !== undefined) continue;
      largest.set(scale, Math.max(largest.get(scale) ?? 0, series.largest(last - shownCount + 1, last)));
    }
    return lines.map(({ scale }) => tops[scale] ?? scaleTop(largest.get(scale) ?? 0));
  }

  scaleOf(view: View): string {
    return this.topsOf(view).join();
  }

  paint(drawing: Drawing): void {
    const { lines, isMarked } = this.#options;
    paintGrid(drawing);
    const tops = this.topsOf(drawing);
    lines.forEach((line, at) => paintLine(drawing, line, tops[at] ?? 1));
    if (isMarked !== undefined) paintMarks(drawing, isMarked);
  }
}

function paintGrid(drawing: Drawing): void {
  const { context, height, store, from, to, theme } = drawing;
  const everyCount = Math.round(GRID_NS / store.frameNs);
  context.fillStyle = theme.grid;
  for (let column = Math.ceil(from / everyCount) * everyCount; column <= to; column += everyCount) {
    context.fillRect(xOf(drawing, column), 0, 1, height);
  }
}

/** Upright from the value before to its own, so that a column needs no place of its neighbours. */
function paintLine(drawing: Drawing, line: Line, top: number): void {
  const { context, height, from, to, columnPx, theme } = drawing;
  const { series, hue, isFilled = false, isDashed = false } = line;
  const thick = Math.max(1, Math.round(1.5 * devicePixelRatio));
  const yOf = (value: number): number =>
    Math.round(height - 2 - (Math.min(value, top) / top) * (height - 2 - thick));
  context.fillStyle = theme.hues[hue] ?? theme.ink;
  context.globalAlpha = isFilled ? 0.35 : 1;
  for (let column = from; column <= to; column += 1) {
    const value = series.at(column);
    if (Number.isNaN(value) || (isDashed && isGapOfDashes(column, columnPx))) continue;
    const y = yOf(value);
    if (isFilled) {
      context.fillRect(xOf(drawing, column), y, columnPx, height - y);
      continue;
    }
    const before = series.at(column - 1);
    const yBefore = Number.isNaN(before) ? y : yOf(before);
    context.fillRect(xOf(drawing, column), Math.min(y, yBefore), columnPx, Math.abs(y - yBefore) + thick);
  }
  context.globalAlpha = 1;
}

/** Dashes belong to times, so that they move with them. */
function isGapOfDashes(column: number, columnPx: number): boolean {
  return Math.floor((column * columnPx) / (4 * devicePixelRatio)) % 2 === 1;
}

function paintMarks(drawing: Drawing, isMarked: (column: number) => boolean): void {
  const { context, height, from, to, columnPx, theme } = drawing;
  const thick = Math.round(4 * devicePixelRatio);
  context.fillStyle = theme.warn;
  for (let column = from; column <= to; column += 1) {
    if (isMarked(column)) context.fillRect(xOf(drawing, column), height - thick, columnPx, thick);
  }
}
