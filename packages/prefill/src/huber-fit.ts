import { dot, inverted, product, weightedOuterSum, type SmallMatrix } from './small-matrix.js';

/** Beyond so many standard deviations a residual counts by its sign alone: 95 % as sharp as least squares on normal noise. */
const HUBER_LIMIT = 1.345;
const MOST_ITERATIONS_COUNT = 60;
const SETTLED_RATIO = 1e-10;
/** A point that determines the fit alone has leverage 1: its own residual says nothing of its noise. */
const LEAST_FREEDOM = 0.1;

/** Rows of `[1, x, x²]`, x from 0 to 1; a value and its standard deviation for each. */
export interface QuadraticData {
  readonly rows: readonly (readonly number[])[];
  readonly values: readonly number[];
  readonly stddevs: readonly number[];
}

export interface HuberFit {
  /** Of the three columns; 0 where the column is left out. */
  readonly coefficients: readonly number[];
  /** Columns that are in it. The others are held at 0: free, they would have been negative. */
  readonly columns: readonly number[];
}

/**
 * Huber's M-estimate by iterated weighted least squares, with no coefficient below 0: of every subset of columns whose
 * solution is not negative, the one that fits best. A curve of such coefficients neither falls nor bends down.
 */
export function fitHuber(data: QuadraticData): HuberFit {
  let fit = fitWeighted(data, data.stddevs.map(weightOf));
  for (let iteration = 0; iteration < MOST_ITERATIONS_COUNT; iteration += 1) {
    const before = fit;
    fit = fitWeighted(
      data,
      scaledResiduals(data, before.coefficients).map(
        (residual, at) => weightOf(data.stddevs[at] ?? NaN) * Math.min(1, HUBER_LIMIT / Math.abs(residual)),
      ),
    );
    if (hasSettled(before.coefficients, fit.coefficients)) break;
  }
  return fit;
}

/** Residuals in standard deviations. */
export function scaledResiduals(
  { rows, values, stddevs }: QuadraticData,
  coefficients: readonly number[],
): number[] {
  return values.map((value, at) => (value - dot(rows[at] ?? [], coefficients)) / (stddevs[at] ?? NaN));
}

/**
 * The covariance of the coefficients in it, by the sandwich: it trusts the residuals, not the stated deviations, and makes up for
 * the leverage of each point (HC3). `undefined` where the points do not determine it.
 */
export function sandwichCovariance(data: QuadraticData, fit: HuberFit): SmallMatrix | undefined {
  const rows = data.rows.map((row) => fit.columns.map((column) => row[column] ?? 0));
  const residuals = scaledResiduals(data, fit.coefficients);
  const bread = inverted(
    weightedOuterSum(
      rows,
      residuals.map((residual, at) =>
        Math.abs(residual) <= HUBER_LIMIT ? weightOf(data.stddevs[at] ?? NaN) : 0,
      ),
    ),
  );
  if (bread === undefined) return undefined;
  const meat = weightedOuterSum(
    rows,
    residuals.map((residual, at) => {
      const row = rows[at] ?? [];
      const weight = weightOf(data.stddevs[at] ?? NaN);
      const freedom = Math.max(LEAST_FREEDOM, 1 - weight * dot(row, product(bread, row)));
      return weight * (Math.min(HUBER_LIMIT, Math.abs(residual)) / freedom) ** 2;
    }),
  );
  const half = bread.map((row) => product(transposed(meat), row));
  return half.map((row) => product(transposed(bread), row));
}

function weightOf(stddev: number): number {
  return 1 / stddev ** 2;
}

const SUBSETS: readonly (readonly number[])[] = [[0, 1, 2], [0, 1], [0, 2], [1, 2], [0], [1], [2]];

function fitWeighted({ rows, values }: QuadraticData, weights: readonly number[]): HuberFit {
  let best: { readonly fit: HuberFit; readonly loss: number } | undefined;
  for (const columns of SUBSETS) {
    const fit = solved({ rows, values, columns, weights });
    if (fit === undefined || fit.coefficients.some((each) => each < 0)) continue;
    const loss = values.reduce(
      (sum, value, at) => sum + (weights[at] ?? 0) * (value - dot(rows[at] ?? [], fit.coefficients)) ** 2,
      0,
    );
    if (best === undefined || loss < best.loss) best = { fit, loss };
  }
  return best?.fit ?? { coefficients: [0, 0, 0], columns: [] };
}

function solved({
  rows,
  values,
  columns,
  weights,
}: Omit<QuadraticData, 'stddevs'> & {
  readonly columns: readonly number[];
  readonly weights: readonly number[];
}): HuberFit | undefined {
  const chosen = rows.map((row) => columns.map((column) => row[column] ?? 0));
  const inverse = inverted(weightedOuterSum(chosen, weights));
  if (inverse === undefined) return undefined;
  const right = columns.map((_, each) =>
    chosen.reduce((sum, row, at) => sum + (weights[at] ?? 0) * (row[each] ?? 0) * (values[at] ?? 0), 0),
  );
  const found = product(inverse, right);
  const coefficients = [0, 1, 2].map((column) => found[columns.indexOf(column)] ?? 0);
  return { coefficients, columns };
}

function hasSettled(before: readonly number[], after: readonly number[]): boolean {
  const largest = Math.max(...after.map(Math.abs));
  return after.every((value, at) => Math.abs(value - (before[at] ?? NaN)) <= SETTLED_RATIO * largest);
}

function transposed(matrix: SmallMatrix): SmallMatrix {
  return matrix.map((_, column) => matrix.map((row) => row[column] ?? 0));
}
