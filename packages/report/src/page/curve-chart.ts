import uPlot from 'uplot';
import type { CurveModel } from './page-model.js';
import { hueOf, type Theme } from './theme.js';

const HEIGHT = 240;
/** 3 is logarithmic; uPlot's name for it is a const enum, which a file that is compiled alone cannot use. */
const LOGARITHMIC = { distr: 3 };
const FONT = '11px system-ui, sans-serif';

/** One chart below the timeline: lines, stairs or dots; the values under the cursor stand in its legend. */
export function createCurveChart(root: HTMLElement, curve: CurveModel, theme: () => Theme): uPlot {
  const { kind, xLabel, yLabel, isLogX, mark } = curve;
  // A line of one point has no length: a run of one request would look empty.
  const isAlone = curve.series.every(({ x }) => x.length < 2);
  const stairs = uPlot.paths.stepped?.({ align: 1 });
  const series = curve.series.map(({ label, kind: own }, index): uPlot.Series => {
    const stroke = (): string => hueOf(theme(), index);
    const common: uPlot.Series = { label, stroke, width: 1.5, spanGaps: true };
    if ((own ?? kind) === 'points')
      return { ...common, paths: () => null, points: { show: true, size: 4, fill: stroke, stroke } };
    return kind === 'steps' && stairs !== undefined
      ? { ...common, paths: stairs, points: { show: isAlone } }
      : { ...common, points: { show: isAlone } };
  });
  const axis = (label: string): uPlot.Axis => ({
    label,
    labelSize: 18,
    labelFont: FONT,
    font: FONT,
    stroke: () => theme().muted,
    grid: { stroke: () => theme().grid, width: 1 },
    ticks: { show: false },
  });
  const x: uPlot.Scale = { time: false };
  if (isLogX) Object.assign(x, LOGARITHMIC);
  const options: uPlot.Options = {
    width: Math.max(280, root.clientWidth),
    height: HEIGHT,
    scales: { x },
    axes: [
      { ...axis(xLabel), size: 30 },
      { ...axis(yLabel), size: 54 },
    ],
    series: [
      { label: xLabel, value: (_, value) => shown(value) },
      ...series.map((each) => ({ ...each, value: showY })),
    ],
    cursor: { drag: { x: true, y: false } },
    hooks: mark === undefined ? {} : { draw: [(plot) => drawMark(plot, mark, theme())] },
  };
  return new uPlot(options, alignedOf(curve), root);
}

function showY(_: uPlot, value: number | null): string {
  return shown(value);
}

function shown(value: number | null): string {
  return value === null ? '–' : value.toLocaleString('en', { maximumFractionDigits: 3 });
}

function alignedOf({ series }: CurveModel): uPlot.AlignedData {
  const [first] = series;
  if (series.length === 1 && first !== undefined) return [first.x, first.y];
  return uPlot.join(series.map(({ x, y }): uPlot.AlignedData => [x, y]));
}

function drawMark(
  plot: uPlot,
  { x, label }: { readonly x: number; readonly label: string },
  theme: Theme,
): void {
  const { ctx, bbox } = plot;
  const at = plot.valToPos(x, 'x', true);
  if (at < bbox.left || at > bbox.left + bbox.width) return;
  ctx.save();
  ctx.strokeStyle = theme.miss;
  ctx.fillStyle = theme.ink;
  ctx.font = `${11 * uPlot.pxRatio}px system-ui, sans-serif`;
  ctx.setLineDash([4 * uPlot.pxRatio, 3 * uPlot.pxRatio]);
  ctx.beginPath();
  ctx.moveTo(at, bbox.top);
  ctx.lineTo(at, bbox.top + bbox.height);
  ctx.stroke();
  ctx.textAlign = 'left';
  ctx.textBaseline = 'top';
  ctx.fillText(label, at + 4 * uPlot.pxRatio, bbox.top + 2 * uPlot.pxRatio);
  ctx.restore();
}
