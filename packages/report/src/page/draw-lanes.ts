import type { LaneModel } from './page-model.js';
import type { StripCanvas } from './strip-canvas.js';
import type { Theme } from './theme.js';

export const LANE_HEIGHT_PIXELS = 16;

/** One row for each reason, loss or kind of event, with its name at the left. */
export function drawLanes(canvas: StripCanvas, lanes: readonly LaneModel[], theme: Theme): void {
  const { context, box, pixelRatio } = canvas;
  const height = box.height / Math.max(1, lanes.length);
  const tones = { bad: theme.miss, notice: theme.notice, neutral: theme.muted };
  lanes.forEach((lane, index) => {
    const top = box.top + index * height;
    context.fillStyle = theme.grid;
    context.fillRect(box.left, top + height - pixelRatio, box.width, pixelRatio);
    context.fillStyle = tones[lane.tone];
    for (const span of lane.spans)
      canvas.fillSpan(span, { top: top + 0.2 * height, height: 0.6 * height, leastPixels: 2 });
  });
}

/** The names, left of the box; cut where there is no room. */
export function drawLaneNames(canvas: StripCanvas, lanes: readonly LaneModel[], theme: Theme): void {
  const { context, box, pixelRatio } = canvas;
  const height = box.height / Math.max(1, lanes.length);
  context.fillStyle = theme.muted;
  context.font = `${10 * pixelRatio}px system-ui, sans-serif`;
  context.textAlign = 'right';
  context.textBaseline = 'middle';
  lanes.forEach(({ label, source }, index) => {
    const text = fit(context, `${source.replace(' of ', ' ')} · ${label}`, box.left - 12 * pixelRatio);
    context.fillText(text, box.left - 6 * pixelRatio, box.top + (index + 0.5) * height);
  });
}

function fit(context: CanvasRenderingContext2D, text: string, width: number): string {
  if (context.measureText(text).width <= width) return text;
  let kept = text;
  while (kept.length > 1 && context.measureText(`${kept}…`).width > width) kept = kept.slice(0, -1);
  return `${kept}…`;
}
