import { xOf, type Drawing, type Painter } from './lane-picture.js';
import { MISSING } from './live-store.js';

/**
 * Streams as lines, time to the right, a colour for each state; hatched where the page got no frame, so that it is no colour of a state. The
 * lines' places are those of as many slots as were used, in few steps: each step draws all anew.
 */
export const streamRaster: Painter = {
  scaleOf: ({ store }) => String(store.shownSlotsCount),
  paint: (drawing) => {
    paintStates(drawing);
    paintMissing(drawing);
  },
};

function paintStates(drawing: Drawing): void {
  const { context, store, theme, height, from, to, columnPx } = drawing;
  const rows = new Uint8Array(height);
  const colours = Uint32Array.from(theme.states, opaqueOf);
  const image = context.createImageData((to - from + 1) * columnPx, height);
  const pixels = new Uint32Array(image.data.buffer);
  for (let column = from; column <= to; column += 1) {
    store.worstByRow(column, rows);
    const left = (column - from) * columnPx;
    for (let row = 0; row < height; row += 1) {
      const severity = rows[row] ?? 0;
      const colour = colours[severity === MISSING ? 0 : severity] ?? 0;
      const at = row * image.width + left;
      pixels.fill(colour, at, at + columnPx);
    }
  }
  context.putImageData(image, xOf(drawing, from), 0);
}

function paintMissing(drawing: Drawing): void {
  const { context, store, theme, height, from, to, columnPx } = drawing;
  const step = Math.round(12 * devicePixelRatio);
  const thick = Math.max(1, Math.round(devicePixelRatio));
  context.fillStyle = theme.missing;
  for (let column = Math.max(store.oldest, from); column <= to; column += 1) {
    if (store.isHere(column)) continue;
    for (let top = (column * columnPx) % step; top < height; top += step) {
      context.fillRect(xOf(drawing, column), top, columnPx, thick);
    }
  }
}

/** A pixel's four bytes, as a machine of this byte order has them: browsers run on no other. */
function opaqueOf(colour: string): number {
  const digits = /^#([0-9a-f]{6})$/i.exec(colour)?.[1] ?? '000000';
  const [red = 0, green = 0, blue = 0] = [0, 2, 4].map((at) => parseInt(digits.slice(at, at + 2), 16));
  return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}
