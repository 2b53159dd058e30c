import { xOf, type Draw } from './lane.js';

const EVERY_NS = 5e9;
/** Where a time is written next to its neighbour, in page pixels. */
const LEAST_PX = 60;

/** The times of the grid's lines, as many as have room. */
export const drawTimes: Draw = (drawing) => {
  const { context, height, width, store, span, theme } = drawing;
  const stepPx = (EVERY_NS / store.frameNs / span.shownCount) * (width / devicePixelRatio);
  const everyCount = Math.round(EVERY_NS / store.frameNs) * Math.max(1, Math.ceil(LEAST_PX / stepPx));
  context.fillStyle = theme.muted;
  context.font = `${Math.round(11 * devicePixelRatio)}px system-ui, sans-serif`;
  context.textBaseline = 'middle';
  context.textAlign = 'center';
  const first = Math.ceil((span.last - span.shownCount + 1) / everyCount) * everyCount;
  for (let column = Math.max(0, first); column <= span.last; column += everyCount) {
    context.fillText(`${Math.round(store.timeNs(column) / 1e9)} s`, xOf(drawing, column), height / 2);
  }
};
