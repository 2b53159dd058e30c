import uPlot from 'uplot';
import { StripCanvas } from './strip-canvas.js';
import type { Theme } from './theme.js';

/** What a strip of the timeline draws, and how high it is. */
export interface StripContent {
  readonly title: string;
  /** What its lines are, where the title does not say it. */
  readonly key?: HTMLElement | undefined;
  readonly height: number;
  /** Absent for rows and lanes, which have no values at the left. */
  readonly range?: { readonly low: number; readonly high: number };
  readonly drawBehind?: (canvas: StripCanvas) => void;
  readonly draw: (canvas: StripCanvas) => void;
  readonly drawOutside?: (canvas: StripCanvas) => void;
}

export interface StripEvents {
  /** A stretch was dragged over. */
  readonly onSelect: (fromS: number, toS: number) => void;
  readonly onHover: (timeS: number | undefined, heightRatio: number | undefined) => void;
  readonly onWhole: () => void;
}

export interface StripLook {
  readonly theme: () => Theme;
  readonly width: number;
  readonly leftWidth: number;
}

const TIME_AXIS_HEIGHT = 26;
const LEAST_DRAG_PIXELS = 3;

/**
 * One strip of the timeline: uPlot gives the axes, the pixels and the shared cursor; what stands in it is drawn by us, for every line has times
 * of its own and rows are no series.
 */
export function createStrip(
  root: HTMLElement,
  content: StripContent,
  { look, events, endS }: { readonly look: StripLook; readonly events: StripEvents; readonly endS: number },
): uPlot {
  const { range } = content;
  const options: uPlot.Options = {
    width: look.width,
    height: content.height + TIME_AXIS_HEIGHT,
    legend: { show: false },
    scales: { x: { time: false }, y: { range: [range?.low ?? 0, range?.high ?? 1] } },
    cursor: {
      sync: { key: 'timeline' },
      drag: { x: true, y: false, setScale: false },
      points: { show: false },
      y: false,
      bind: {
        dblclick: () => () => {
          events.onWhole();
          return null;
        },
      },
    },
    axes: axesOf(content, look),
    series: [{}, { show: false }],
    padding: [4, 8, 0, 0],
    hooks: hooksOf(content, events, endS),
  };
  return new uPlot(
    options,
    [
      [0, endS],
      [null, null],
    ],
    root,
  );
}

const FONT = '11px system-ui, sans-serif';

function axesOf({ range }: StripContent, { theme, leftWidth }: StripLook): uPlot.Axis[] {
  const common: uPlot.Axis = { stroke: () => theme().muted, ticks: { show: false }, font: FONT };
  const grid: uPlot.Axis.Grid = { stroke: () => theme().grid, width: 1 };
  const values: uPlot.Axis = range === undefined ? { grid: { show: false }, splits: () => [] } : { grid };
  return [
    {
      ...common,
      grid,
      size: TIME_AXIS_HEIGHT,
      values: (_, splits) => splits.map((each) => `${Number(each.toFixed(6))} s`),
    },
    { ...common, ...values, size: leftWidth, space: 24 },
  ];
}

function hooksOf(content: StripContent, events: StripEvents, endS: number): uPlot.Hooks.Arrays {
  const canvasOf = (plot: uPlot): StripCanvas => {
    const { min = 0, max = endS } = plot.scales['x'] ?? {};
    return new StripCanvas(plot.ctx, plot.bbox, { fromS: min, toS: max, pixelRatio: uPlot.pxRatio });
  };
  return {
    drawClear: [(plot) => canvasOf(plot).clipped(() => content.drawBehind?.(canvasOf(plot)))],
    draw: [
      (plot) => {
        canvasOf(plot).clipped(() => content.draw(canvasOf(plot)));
        content.drawOutside?.(canvasOf(plot));
      },
    ],
    setSelect: [
      (plot) => {
        const { left, width } = plot.select;
        if (width < LEAST_DRAG_PIXELS) return;
        events.onSelect(plot.posToVal(left, 'x'), plot.posToVal(left + width, 'x'));
        plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
      },
    ],
    setCursor: [
      (plot) => {
        const { left = -1, top = -1 } = plot.cursor;
        if (left < 0) events.onHover(undefined, undefined);
        else events.onHover(plot.posToVal(left, 'x'), top < 0 ? undefined : top / plot.over.clientHeight);
      },
    ],
  };
}
