import type { LineModel } from './page-model.js';
import { countUpTo } from './sorted-times.js';
import type { StripCanvas } from './strip-canvas.js';
import { hueOf, type Theme } from './theme.js';

export interface ValueRange {
  readonly low: number;
  readonly high: number;
}

/** What a strip's axis spans: all values of the run, so that zooming changes no height; from 0 unless that would flatten everything. */
export function rangeOfLines(lines: readonly LineModel[]): ValueRange {
  let [low, high] = [Infinity, -Infinity];
  for (const { values } of lines)
    for (const value of values) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
  if (low > high) return { low: 0, high: 1 };
  const isFarFromZero = low > 0.6 * high && high > 0;
  const pad = high === low ? Math.max(1, Math.abs(high) * 0.05) : (high - (isFarFromZero ? low : 0)) * 0.08;
  return { low: isFarFromZero ? low - pad : Math.min(0, low), high: high + pad };
}

/** Stairs: a value holds until the next one comes (a rate: since the one before), and where samples are missing there is nothing. */
export function drawLines(
  canvas: StripCanvas,
  lines: readonly LineModel[],
  { theme, range }: { readonly theme: Theme; readonly range: ValueRange },
): void {
  const { context, box, pixelRatio } = canvas;
  const y = (value: number): number =>
    box.top + (1 - (value - range.low) / (range.high - range.low)) * box.height;
  context.lineWidth = 1.5 * pixelRatio;
  context.lineJoin = 'round';
  for (const line of lines) {
    context.strokeStyle = hueOf(theme, line.hue);
    context.setLineDash(line.isDashed ? [5 * pixelRatio, 3 * pixelRatio] : []);
    context.stroke(pathOf(canvas, line, y));
  }
  context.setLineDash([]);
}

function pathOf(canvas: StripCanvas, line: LineModel, y: (value: number) => number): Path2D {
  const { timesS, values, breaks, holds } = line;
  const path = new Path2D();
  const from = Math.max(0, countUpTo(timesS, canvas.fromS) - 1);
  const to = Math.min(timesS.length, countUpTo(timesS, canvas.toS) + 1);
  let isDrawing = false;
  for (let index = from; index < to; index += 1) {
    const [x, at] = [canvas.x(timesS[index] ?? 0), y(values[index] ?? 0)];
    if (!isDrawing) path.moveTo(x, at);
    else if (holds === 'after') path.lineTo(x, y(values[index - 1] ?? 0));
    else path.lineTo(canvas.x(timesS[index - 1] ?? 0), at);
    path.lineTo(x, at);
    isDrawing = breaks[index] !== 1;
    // A point alone between two gaps is a value, too.
    if (!isDrawing) path.lineTo(x + canvas.pixelRatio, at);
  }
  return path;
}
