import type { Scored } from './isotonic-fit.js';

export interface LogisticLine {
  readonly slope: number;
  readonly intercept: number;
}

/** Newton's method is at its end long before. */
const STEPS_COUNT = 50;
/** As if so much weight of a score of 1 and of -1 had been right as often as they say: keeps the line finite where the data are split without overlap. */
const PRIOR_WEIGHT = 0.5;
const PRIOR: readonly Scored[] = [1, -1].map((score) => ({
  score,
  weight: PRIOR_WEIGHT,
  correctRatio: 1 / (1 + Math.exp(-score)),
}));

/** The logistic function of a score that makes what was observed likeliest (Platt, 1999, over weighted shares). Slope 1, intercept 0 without an observation. */
export function plattFit(observations: readonly Scored[]): LogisticLine {
  const all = [...PRIOR, ...observations.filter(({ weight }) => weight > 0)];
  let line: LogisticLine = { slope: 1, intercept: 0 };
  let loss = lossOf(all, line);
  for (let step = 0; step < STEPS_COUNT; step += 1) {
    const direction = newtonStep(all, line);
    let next = moved(line, direction, 1);
    // A step of Newton's may overshoot where the curve is flat: it is halved until it gains.
    for (let size = 0.5; lossOf(all, next) > loss && size > 1e-6; size /= 2)
      next = moved(line, direction, size);
    const nextLoss = lossOf(all, next);
    if (!(nextLoss < loss)) return line;
    [line, loss] = [next, nextLoss];
  }
  return line;
}

function moved({ slope, intercept }: LogisticLine, by: LogisticLine, size: number): LogisticLine {
  return { slope: slope + size * by.slope, intercept: intercept + size * by.intercept };
}

function newtonStep(all: readonly Scored[], { slope, intercept }: LogisticLine): LogisticLine {
  let [gradSlope, gradIntercept, hSlope, hBoth, hIntercept] = [0, 0, 0, 0, 0];
  for (const { score, weight, correctRatio } of all) {
    const ratio = 1 / (1 + Math.exp(-(slope * score + intercept)));
    const curve = weight * ratio * (1 - ratio);
    gradSlope += weight * (correctRatio - ratio) * score;
    gradIntercept += weight * (correctRatio - ratio);
    hSlope += curve * score * score;
    hBoth += curve * score;
    hIntercept += curve;
  }
  const determinant = hSlope * hIntercept - hBoth * hBoth;
  if (!(determinant > 0)) return { slope: 0, intercept: 0 };
  return {
    slope: (hIntercept * gradSlope - hBoth * gradIntercept) / determinant,
    intercept: (hSlope * gradIntercept - hBoth * gradSlope) / determinant,
  };
}

/** Cross-entropy, written so that nothing overflows. */
function lossOf(all: readonly Scored[], { slope, intercept }: LogisticLine): number {
  return all.reduce((sum, { score, weight, correctRatio }) => {
    const odds = slope * score + intercept;
    const softplus = Math.max(odds, 0) + Math.log1p(Math.exp(-Math.abs(odds)));
    return sum + weight * (softplus - correctRatio * odds);
  }, 0);
}
