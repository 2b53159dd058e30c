import type { CurveModel, RequestModel } from './page-model.js';

/** Tokens of one request against time since its intended send, and when each was due: after a miss, deadlines start anew. */
export function requestCurve(
  { intendedS, marksS, tokenCounts, missedCounts, ttftDeadlineS: ownDeadlineS }: RequestModel,
  { ttftDeadlineS, tbtDeadlineS }: { readonly ttftDeadlineS: number; readonly tbtDeadlineS: number },
): CurveModel {
  const arrived = new Float64Array(marksS.length);
  const dueS = new Float64Array(marksS.length);
  let tokens = 0;
  let nextS = ownDeadlineS ?? ttftDeadlineS;
  marksS.forEach((markS, index) => {
    const count = tokenCounts[index] ?? 0;
    const atS = markS - intendedS;
    tokens += count;
    arrived[index] = tokens;
    dueS[index] = nextS;
    nextS = ((missedCounts[index] ?? 0) > 0 ? atS : nextS) + count * tbtDeadlineS;
  });
  return {
    id: 'chosen',
    title: 'Tokens against time of one request',
    kind: 'steps',
    xLabel: 's since its intended send',
    isLogX: false,
    yLabel: 'tokens',
    series: [
      { label: 'arrived', x: marksS.map((markS) => markS - intendedS), y: arrived },
      { label: 'due', x: sortedCopy(dueS), y: arrived },
    ],
  };
}

/** A chart wants ascending times, and a deadline that starts anew can lie a step back. */
function sortedCopy(timesS: Float64Array): Float64Array {
  return timesS.toSorted();
}
