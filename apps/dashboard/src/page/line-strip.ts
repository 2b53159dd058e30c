import type { LiveStore } from './live-store.js';
import { xOf, type Draw, type Drawing } from './lane.js';

export interface Line {
  readonly value: (store: LiveStore, column: number) => number;
  readonly hue: number;
  readonly isFilled?: boolean;
  /** Drawn to a scale of its own: up to the largest of these lines' values shown, or to a fixed top. */
  readonly scale: string;
  readonly isDashed?: boolean;
}

export interface LineStripOptions {
  readonly lines: readonly Line[];
  /** Scales with a fixed top; the others reach to their largest value shown. */
  readonly tops?: Readonly<Record<string, number>>;
  /** Columns marked along the lower edge. */
  readonly isMarked?: (store: LiveStore, column: number) => boolean;
}

/** Lines over time, each from 0 up, with gaps where there is no value. */
export function createLineStrip({ lines, tops = {}, isMarked }: LineStripOptions): Draw {
  return (drawing) => {
    drawGrid(drawing);
    const topOf = (scale: string): number =>
      tops[scale] ??
      largestShown(
        drawing,
        lines.filter((line) => line.scale === scale),
      ) * 1.08;
    for (const line of lines) drawLine(drawing, line, topOf(line.scale));
    if (isMarked !== undefined) drawMarks(drawing, isMarked);
  };
}

/** A line each 5 s. */
function drawGrid(drawing: Drawing): void {
  const { context, height, store, span, theme } = drawing;
  const everyCount = Math.round(5e9 / store.frameNs);
  context.fillStyle = theme.grid;
  const first = Math.ceil((span.last - span.shownCount + 1) / everyCount) * everyCount;
  for (let column = first; column <= span.last; column += everyCount) {
    context.fillRect(Math.round(xOf(drawing, column)), 0, 1, height);
  }
}

function largestShown({ store, span }: Drawing, lines: readonly Line[]): number {
  let largest = 0;
  for (const { value } of lines) {
    for (let column = span.last - span.shownCount + 1; column <= span.last; column += 1) {
      const at = value(store, column);
      if (at > largest) largest = at;
    }
  }
  return largest === 0 ? 1 : largest;
}

function drawLine(
  drawing: Drawing,
  { value, hue, isFilled = false, isDashed = false }: Line,
  top: number,
): void {
  const { context, height, store, span, theme } = drawing;
  const colour = theme.hues[hue] ?? theme.ink;
  const y = (at: number): number => height - 2 - (Math.min(at, top) / top) * (height - 4);
  context.beginPath();
  let isDown = false;
  for (let column = span.last - span.shownCount + 1; column <= span.last; column += 1) {
    const at = value(store, column);
    if (Number.isNaN(at)) {
      isDown = false;
      continue;
    }
    if (isFilled)
      context.rect(
        xOf(drawing, column),
        y(at),
        xOf(drawing, column + 1) - xOf(drawing, column) + 0.5,
        height - y(at),
      );
    else if (isDown) context.lineTo(xOf(drawing, column + 0.5), y(at));
    else context.moveTo(xOf(drawing, column + 0.5), y(at));
    isDown = true;
  }
  if (isFilled) {
    context.globalAlpha = 0.35;
    context.fillStyle = colour;
    context.fill();
    context.globalAlpha = 1;
    return;
  }
  context.strokeStyle = colour;
  context.lineWidth = 1.5 * devicePixelRatio;
  context.setLineDash(isDashed ? [4 * devicePixelRatio, 3 * devicePixelRatio] : []);
  context.stroke();
  context.setLineDash([]);
}

function drawMarks(drawing: Drawing, isMarked: (store: LiveStore, column: number) => boolean): void {
  const { context, height, store, span, theme } = drawing;
  const thick = 4 * devicePixelRatio;
  context.fillStyle = theme.warn;
  for (let column = span.last - span.shownCount + 1; column <= span.last; column += 1) {
    if (!isMarked(store, column)) continue;
    context.fillRect(
      xOf(drawing, column),
      height - thick,
      xOf(drawing, column + 1) - xOf(drawing, column) + 0.5,
      thick,
    );
  }
}
