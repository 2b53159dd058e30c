import type { PageModel, RequestModel } from './page-model.js';
import { countUpTo } from './sorted-times.js';
import type { StripCanvas } from './strip-canvas.js';
import type { Theme } from './theme.js';

const MOST_MARK_PIXELS = 1.5;
const LEAST_ROW_PIXELS = 1;

/** Requests as rows: the wait for the first token, the stream, its tokens, and on top of all the tokens that came late. */
export function drawRequests(canvas: StripCanvas, { requests, slotsCount }: PageModel, theme: Theme): void {
  const rowHeight = canvas.box.height / Math.max(1, slotsCount);
  const visible = requests.filter(({ intendedS, endS }) => endS >= canvas.fromS && intendedS <= canvas.toS);
  const rowOf = ({ slot }: RequestModel): { top: number; height: number } => {
    const pause = rowHeight > 4 ? 1 : 0;
    return {
      top: canvas.box.top + slot * rowHeight,
      height: Math.max(LEAST_ROW_PIXELS, rowHeight - pause * canvas.pixelRatio),
    };
  };
  for (const request of visible) drawStream(canvas, request, { theme, row: rowOf(request) });
  canvas.context.fillStyle = theme.token;
  for (const request of visible) drawMarks(canvas, request, { row: rowOf(request), isLate: false });
  canvas.context.fillStyle = theme.miss;
  for (const request of visible)
    if (request.missedCount > 0) drawMarks(canvas, request, { row: rowOf(request), isLate: true });
}

interface Row {
  readonly top: number;
  readonly height: number;
}

function drawStream(
  canvas: StripCanvas,
  { intendedS, endS, marksS, state }: RequestModel,
  { theme, row }: { readonly theme: Theme; readonly row: Row },
): void {
  const { context, pixelRatio } = canvas;
  const firstS = marksS[0] ?? endS;
  context.fillStyle = state === 'warmup' ? theme.warmup : theme.wait;
  const thin = { top: row.top + row.height * 0.3, height: Math.max(1, row.height * 0.4) };
  canvas.fillSpan({ fromS: intendedS, toS: firstS }, thin);
  context.fillStyle = state === 'warmup' ? theme.warmup : theme.stream;
  if (marksS.length > 0) canvas.fillSpan({ fromS: firstS, toS: marksS.at(-1) ?? firstS }, row);
  if (state === 'ok' || state === 'warmup') return;
  context.fillStyle = theme.failed;
  canvas.fillSpan({ fromS: endS, toS: endS }, { ...row, leastPixels: 3 });
  const height = Math.max(pixelRatio, row.height * 0.15);
  canvas.fillSpan({ fromS: intendedS, toS: endS }, { top: row.top + row.height - height, height });
}

/** At most one mark a pixel; late ones a little wider, for they must not drown. */
function drawMarks(
  canvas: StripCanvas,
  { marksS, missedCounts, state }: RequestModel,
  { row, isLate }: { readonly row: Row; readonly isLate: boolean },
): void {
  if (state === 'warmup') return;
  const { context, pixelRatio } = canvas;
  const width = (isLate ? 2 : Math.min(MOST_MARK_PIXELS, Math.max(0.5, row.height / 6))) * pixelRatio;
  const to = countUpTo(marksS, canvas.toS);
  let lastPixel = -1;
  for (let index = countUpTo(marksS, canvas.fromS); index < to; index += 1) {
    if (isLate && missedCounts[index] === 0) continue;
    const x = canvas.x(marksS[index] ?? 0);
    const pixel = Math.floor(x);
    if (pixel === lastPixel) continue;
    lastPixel = pixel;
    context.fillRect(x - width / 2, row.top, width, row.height);
  }
}
