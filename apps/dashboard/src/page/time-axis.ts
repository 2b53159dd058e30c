import { xOf, type Painter } from './lane-picture.js';

/** Where every strip has a line. */
export const GRID_NS = 5e9;
/** Where a time is written next to its neighbour, and what one needs, in page pixels. */
const LEAST_PX = 60;
const ROOM_PX = 56;

/** The times of the grid's lines, as many as have room, each right of its line: written once all of it is within the picture. */
export const timeAxis: Painter = {
  scaleOf: () => '',
  paint: (drawing) => {
    const { context, height, store, from, to, columnPx, theme } = drawing;
    const gridCount = Math.round(GRID_NS / store.frameNs);
    const everyCount = gridCount * Math.ceil((LEAST_PX * devicePixelRatio) / (gridCount * columnPx));
    const roomCount = Math.ceil((ROOM_PX * devicePixelRatio) / columnPx);
    context.font = `${Math.round(11 * devicePixelRatio)}px system-ui, sans-serif`;
    context.textBaseline = 'middle';
    const first = Math.max(0, Math.ceil((from - roomCount) / everyCount) * everyCount);
    for (let column = first; column + roomCount <= to; column += everyCount) {
      const x = xOf(drawing, column);
      context.fillStyle = theme.grid;
      context.fillRect(x, 0, 1, height);
      context.fillStyle = theme.muted;
      const text = `${Math.round(store.timeNs(column) / 1e9)} s`;
      context.fillText(text, x + Math.round(4 * devicePixelRatio), Math.round(height / 2));
    }
  },
};
