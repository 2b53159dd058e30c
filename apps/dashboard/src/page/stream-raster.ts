import { COLUMNS_COUNT, MISSING, type LiveStore } from './live-store.js';
import { xOf, type Draw, type Drawing } from './lane.js';
import type { Theme } from './theme.js';

/**
 * Streams as lines, time to the right, a colour for each state. Columns are painted once into a ring beside the screen and copied from there,
 * so that a frame costs one column and not a thousand. Never narrower than a pixel a column: no state is lost between two.
 */
export function createStreamRaster(): Draw {
  const ring = document.createElement('canvas');
  const context = ring.getContext('2d');
  let painted = {
    newest: -1,
    slotsCount: 0,
    theme: undefined as Theme | undefined,
    store: undefined as LiveStore | undefined,
  };
  return (drawing) => {
    const { store, theme, span, height } = drawing;
    if (context === null) return;
    const { usedSlotsCount: slotsCount } = store;
    const isStale =
      ring.height !== height ||
      painted.slotsCount !== slotsCount ||
      painted.theme !== theme ||
      painted.store !== store;
    if (isStale) {
      ring.width = COLUMNS_COUNT;
      ring.height = height;
    }
    const from = isStale ? store.oldest : Math.max(store.oldest, painted.newest + 1);
    paintColumns(context, drawing, { from, to: store.newest });
    painted = { newest: store.newest, slotsCount, theme, store };
    copyShown(ring, drawing);
    drawMissing(drawing, span);
  };
}

function paintColumns(
  context: CanvasRenderingContext2D,
  { store, theme, height }: Drawing,
  { from, to }: { readonly from: number; readonly to: number },
): void {
  const rows = new Uint8Array(height);
  const colours = theme.states.map(rgbOf);
  const image = context.createImageData(1, height);
  for (let column = from; column <= to; column += 1) {
    store.worstByRow(column, rows);
    for (let row = 0; row < height; row += 1) {
      const severity = rows[row] ?? 0;
      const [red = 0, green = 0, blue = 0] = colours[severity] ?? [];
      image.data.set([red, green, blue, severity === MISSING || severity === 0 ? 0 : 255], row * 4);
    }
    context.putImageData(image, column % COLUMNS_COUNT, 0);
  }
}

/** The ring's two stretches, to where their times are. */
function copyShown(ring: HTMLCanvasElement, drawing: Drawing): void {
  const { context, height, span, store } = drawing;
  context.imageSmoothingEnabled = false;
  const first = Math.max(store.oldest, span.last - span.shownCount + 1);
  let column = first;
  while (column <= span.last) {
    const at = column % COLUMNS_COUNT;
    const count = Math.min(span.last - column + 1, COLUMNS_COUNT - at);
    const left = xOf(drawing, column);
    context.drawImage(ring, at, 0, count, height, left, 0, xOf(drawing, column + count) - left, height);
    column += count;
  }
}

/** Hatched, so that it is no colour of a state. */
function drawMissing(drawing: Drawing, { last, shownCount }: Drawing['span']): void {
  const { context, store, theme, height } = drawing;
  context.strokeStyle = theme.missing;
  context.lineWidth = devicePixelRatio;
  for (let column = Math.max(store.oldest, last - shownCount + 1); column <= last; column += 1) {
    if (store.isHere(column)) continue;
    const left = xOf(drawing, column);
    const right = xOf(drawing, column + 1);
    context.beginPath();
    for (let top = ((column * 4) % 12) * devicePixelRatio; top < height; top += 12 * devicePixelRatio) {
      context.moveTo(left, top);
      context.lineTo(Math.max(right, left + 1), top);
    }
    context.stroke();
  }
}

function rgbOf(colour: string): readonly number[] {
  const digits = /^#([0-9a-f]{6})$/i.exec(colour)?.[1] ?? '000000';
  return [0, 2, 4].map((at) => parseInt(digits.slice(at, at + 2), 16));
}
