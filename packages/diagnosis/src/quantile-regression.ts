/** An observation: the response, and what it may depend on (a 1 for the intercept is added). */
export interface RegressionSample {
  readonly response: number;
  readonly predictors: readonly number[];
}

const ITERATIONS_COUNT = 40;
/** Of the response's mean: closer to the fit than so, a sample pulls no harder. */
const SOFTENING_RATIO = 1e-4;

/**
 * Coefficients (intercept first) of the linear quantile at `quantileRatio`, by iteratively reweighted least squares on the check loss (Koenker and Bassett,
 * Econometrica 46, 1978). Predictors are taken to lengthen the response: one with a negative coefficient is left out, and its coefficient is 0. `undefined` for no sample.
 */
export function quantileRegression(
  samples: readonly RegressionSample[],
  quantileRatio: number,
): readonly number[] | undefined {
  const width = samples[0]?.predictors.length;
  if (width === undefined) return undefined;
  const scales = Array.from({ length: width }, (_, at) =>
    samples.reduce((max, { predictors }) => Math.max(max, Math.abs(predictors[at] ?? 0)), 0),
  );
  let kept = scales.flatMap((scale, at) => (scale > 0 ? [at] : []));
  for (;;) {
    const fitted = fit(samples, kept, { quantileRatio, scales });
    const negative = kept.find((_, index) => (fitted[index + 1] ?? 0) < 0);
    if (negative === undefined) {
      const coefficients = scales.map((scale, at) =>
        kept.includes(at) ? (fitted[kept.indexOf(at) + 1] ?? 0) / scale : 0,
      );
      return [fitted[0] ?? 0, ...coefficients];
    }
    kept = kept.filter((at) => at !== negative);
  }
}

interface FitOptions {
  readonly quantileRatio: number;
  readonly scales: readonly number[];
}

/** Of the intercept and the scaled predictors that are kept. */
function fit(
  samples: readonly RegressionSample[],
  kept: readonly number[],
  options: FitOptions,
): readonly number[] {
  const { quantileRatio, scales } = options;
  const rows = samples.map(({ predictors }) => [
    1,
    ...kept.map((at) => (predictors[at] ?? 0) / (scales[at] ?? 1)),
  ]);
  const mean = samples.reduce((sum, { response }) => sum + Math.abs(response), 0) / samples.length;
  const softening = Math.max(Number.MIN_VALUE, SOFTENING_RATIO * mean);
  let coefficients: readonly number[] = [];
  let weights = samples.map(() => 1);
  for (let iteration = 0; iteration < ITERATIONS_COUNT; iteration += 1) {
    coefficients = weightedLeastSquares(rows, samples, weights);
    weights = rows.map((row, at) => {
      const residual = (samples[at]?.response ?? 0) - dot(row, coefficients);
      return (residual >= 0 ? quantileRatio : 1 - quantileRatio) / Math.max(Math.abs(residual), softening);
    });
  }
  return coefficients;
}

function weightedLeastSquares(
  rows: readonly (readonly number[])[],
  samples: readonly RegressionSample[],
  weights: readonly number[],
): readonly number[] {
  const width = rows[0]?.length ?? 0;
  const normal = Array.from({ length: width }, () => new Float64Array(width + 1));
  rows.forEach((row, at) => {
    const weight = weights[at] ?? 0;
    for (let i = 0; i < width; i += 1) {
      const line = normal[i];
      if (line === undefined) continue;
      for (let j = 0; j < width; j += 1) line[j] = (line[j] ?? 0) + weight * (row[i] ?? 0) * (row[j] ?? 0);
      line[width] = (line[width] ?? 0) + weight * (row[i] ?? 0) * (samples[at]?.response ?? 0);
    }
  });
  return solve(normal);
}

/** Gauss-Jordan with pivoting; a predictor that says nothing new gets 0. */
function solve(matrix: readonly Float64Array[]): readonly number[] {
  const width = matrix.length;
  const rows = [...matrix];
  const scale = rows.reduce((max, row) => Math.max(max, ...row.subarray(0, width).map(Math.abs)), 0);
  const solved = new Array<number>(width).fill(0);
  for (let at = 0; at < width; at += 1) {
    const pivotAt = rows.reduce(
      (best, row, index) =>
        index >= at && Math.abs(row[at] ?? 0) > Math.abs(rows[best]?.[at] ?? 0) ? index : best,
      at,
    );
    const pivot = rows[pivotAt];
    const current = rows[at];
    if (pivot === undefined || current === undefined) break;
    [rows[at], rows[pivotAt]] = [pivot, current];
    const lead = pivot[at] ?? 0;
    if (Math.abs(lead) <= 1e-12 * scale) {
      pivot.fill(0);
      continue;
    }
    for (const [index, row] of rows.entries()) {
      if (index === at) continue;
      const factor = (row[at] ?? 0) / lead;
      if (factor !== 0)
        for (let column = at; column <= width; column += 1)
          row[column] = (row[column] ?? 0) - factor * (pivot[column] ?? 0);
    }
  }
  rows.forEach((row, at) => {
    const lead = row[at] ?? 0;
    if (lead !== 0) solved[at] = (row[width] ?? 0) / lead;
  });
  return solved;
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, at) => sum + value * (b[at] ?? 0), 0);
}
