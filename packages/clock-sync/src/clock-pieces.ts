import type { ClockPiece } from '@fluidscope/trace-schema';
import { durationNs, NS_PER_S, runNs } from '@fluidscope/units';
import type { ClockFit } from './clock-fit.js';
import type { NsRange } from './clock-segment.js';

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
/** Where along a piece its distance from the fit is looked at; around a step, also where the fit breaks. */
const LOOKED_AT = [0, 0.25, 0.5, 0.75, 1];
/** A break is known to whole nanoseconds, on either side of it. */
const AROUND_BREAK_NS = [-2, -1, 0, 1, 2];

/**
 * A fit as lines that a query can follow, one after another. The bound of a piece is the fit's own, the largest of five places along it, and
 * what the line is off the fit there. Empty where the fit knows nothing.
 */
export function clockPiecesOf(fit: ClockFit, options: PieceOptions): readonly ClockPiece[] {
  const knots = knotsOf(fit, options);
  const breaksNs = stepSpans(fit).flatMap((span) => span.breaksNs);
  const pieces = knots.flatMap((agentNs, index) => {
    const isLast = index === knots.length - 1 && index > 0;
    const endAgentNs = knots[index + 1] ?? agentNs;
    return isLast ? [] : (pieceOf(fit, { agentNs, endAgentNs, breaksNs }, options) ?? []);
  });
  return pieces.map((piece, index) => (index === 0 ? { ...piece, fromAgentNs: -Infinity } : piece));
}

function knotsOf(fit: ClockFit, { fromAgentNs, toAgentNs, maxPieces }: PieceOptions): readonly number[] {
  const stepNs = Math.ceil(Math.max(SHORTEST_PIECE_NS, (toAgentNs - fromAgentNs) / maxPieces));
  const count = Math.ceil((toAgentNs - fromAgentNs) / stepNs);
  const regular = Array.from({ length: count }, (_, index) => fromAgentNs + index * stepNs);
  const spans = stepSpans(fit);
  const ofSteps = spans.flatMap(({ lowNs, highNs }) => [lowNs, highNs]);
  const isWithinStep = (knot: number): boolean =>
    spans.some(({ lowNs, highNs }) => lowNs < knot && knot < highNs);
  const knots = [...new Set([...regular, ...ofSteps, fromAgentNs, toAgentNs])];
  return knots
    .filter((knot) => knot >= fromAgentNs && knot <= toAgentNs)
    .filter((knot) => knot === fromAgentNs || !isWithinStep(knot))
    .sort((a, b) => a - b);
}

/**
 * For each step of a clock, the agent times that it may have shown while nobody knows whether it had stepped. That is one piece: begun within it, a piece
 * would say how far the clock is from there on, while the step may still be to come.
 */
function stepSpans(fit: ClockFit): readonly StepSpan[] {
  return fit.steps.flatMap(({ fromRunNs, toRunNs }) => {
    const offsets = [fit.offsetAt(fromRunNs - 1), fit.offsetAt(toRunNs + 1)];
    // What a clock shows at either end, whether it has stepped or not: one that steps back shows the times between twice.
    const breaksNs = offsets
      .flatMap((offset) => (offset === undefined ? [] : [lowOf(offset), highOf(offset)]))
      .flatMap((offsetNs) => [fromRunNs - 1 + offsetNs, toRunNs + 1 + offsetNs])
      .map(Math.round);
    return [{ lowNs: Math.min(...breaksNs), highNs: Math.max(...breaksNs), breaksNs }];
  });
}

interface StepSpan extends NsRange {
  readonly breaksNs: readonly number[];
}

interface BoundedOffset {
  readonly offsetNs: number;
  readonly boundNs: number;
}

function lowOf({ offsetNs, boundNs }: BoundedOffset): number {
  return offsetNs - boundNs;
}

function highOf({ offsetNs, boundNs }: BoundedOffset): number {
  return offsetNs + boundNs;
}

interface PieceSpan {
  readonly agentNs: number;
  readonly endAgentNs: number;
  readonly breaksNs: readonly number[];
}

function pieceOf(
  fit: ClockFit,
  { agentNs, endAgentNs, breaksNs }: PieceSpan,
  { agentIndex, revision }: PieceOptions,
): ClockPiece | undefined {
  const start = fit.toRunNs(agentNs);
  const end = fit.toRunNs(endAgentNs);
  if (start === undefined || end === undefined) return undefined;
  const lengthNs = endAgentNs - agentNs;
  const skewRatio = lengthNs === 0 ? 0 : (end.runNs - start.runNs - lengthNs) / lengthNs;
  const placesNs = [
    ...LOOKED_AT.map((share) => Math.round(lengthNs * share)),
    ...breaksNs.flatMap((breakNs) => AROUND_BREAK_NS.map((awayNs) => breakNs + awayNs - agentNs)),
  ].filter((sinceNs) => sinceNs >= 0 && sinceNs <= lengthNs);
  let boundNs = offsetBoundNs(fit, agentNs, start.runNs);
  for (const sinceNs of placesNs) {
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

/** A piece's start also says how far the clock was off at that run time: for this, too, its bound must hold. */
function offsetBoundNs(fit: ClockFit, agentNs: number, atRunNs: number): number {
  const fitted = fit.offsetAt(atRunNs);
  return fitted === undefined ? 0 : fitted.boundNs + Math.abs(agentNs - atRunNs - fitted.offsetNs);
}
