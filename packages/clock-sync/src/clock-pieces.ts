import type { ClockPiece } from '@fluidscope/trace-schema';
import { durationNs, NS_PER_S, runNs } from '@fluidscope/units';
import type { ClockFit } from './clock-fit.js';

export interface PieceOptions {
  readonly agentIndex: number;
  readonly revision: number;
  /** What the pieces have to hold for; beyond it they are lines that go on. */
  readonly fromAgentNs: number;
  readonly toAgentNs: number;
  readonly maxPieces: number;
}

/** A fit's line hardly bends within this. */
const SHORTEST_PIECE_NS = 5 * NS_PER_S;
/** Where along a piece its distance from the fit is looked at. */
const LOOKED_AT = [0, 0.25, 0.5, 0.75, 1];

/**
 * A fit as lines that a query can follow, one after another. The bound of a piece is the fit's own, the largest of five places along it, and
 * what the line is off the fit there. Empty where the fit knows nothing.
 */
export function clockPiecesOf(fit: ClockFit, options: PieceOptions): readonly ClockPiece[] {
  const knots = knotsOf(fit, options);
  const pieces = knots.flatMap((agentNs, index) => {
    const isLast = index === knots.length - 1 && index > 0;
    return isLast ? [] : (pieceOf(fit, [agentNs, knots[index + 1] ?? agentNs], options) ?? []);
  });
  return pieces.map((piece, index) => (index === 0 ? { ...piece, fromAgentNs: -Infinity } : piece));
}

function knotsOf(fit: ClockFit, { fromAgentNs, toAgentNs, maxPieces }: PieceOptions): readonly number[] {
  const stepNs = Math.ceil(Math.max(SHORTEST_PIECE_NS, (toAgentNs - fromAgentNs) / maxPieces));
  const count = Math.ceil((toAgentNs - fromAgentNs) / stepNs);
  const regular = Array.from({ length: count }, (_, index) => fromAgentNs + index * stepNs);
  const knots = new Set([...regular, ...stepKnots(fit), fromAgentNs, toAgentNs]);
  return [...knots].filter((knot) => knot >= fromAgentNs && knot <= toAgentNs).toSorted((a, b) => a - b);
}

/** Around each step of a clock, so that no line runs from before it to after it for longer than nobody knows where it was. */
function stepKnots(fit: ClockFit): readonly number[] {
  return fit.steps.flatMap(({ fromRunNs, toRunNs }) =>
    [fromRunNs, toRunNs].flatMap((atNs) => {
      const offset = fit.offsetAt(atNs);
      return offset === undefined ? [] : [Math.round(atNs + offset.offsetNs)];
    }),
  );
}

function pieceOf(
  fit: ClockFit,
  [agentNs, endAgentNs]: readonly [number, number],
  { agentIndex, revision }: PieceOptions,
): ClockPiece | undefined {
  const start = fit.toRunNs(agentNs);
  const end = fit.toRunNs(endAgentNs);
  if (start === undefined || end === undefined) return undefined;
  const lengthNs = endAgentNs - agentNs;
  const skewRatio = lengthNs === 0 ? 0 : (end.runNs - start.runNs - lengthNs) / lengthNs;
  let boundNs = 0;
  for (const share of LOOKED_AT) {
    const sinceNs = Math.round(lengthNs * share);
    const fitted = fit.toRunNs(agentNs + sinceNs) ?? end;
    const lineNs = start.runNs + sinceNs + Math.round(sinceNs * skewRatio);
    boundNs = Math.max(boundNs, fitted.boundNs + Math.abs(lineNs - fitted.runNs));
  }
  return {
    agentIndex,
    revision,
    fromAgentNs: agentNs,
    agentNs,
    runNs: runNs(start.runNs),
    skewRatio,
    // One more for the view's own rounding to whole nanoseconds.
    boundNs: durationNs(Math.ceil(boundNs) + 1),
  };
}
