/**
 * The regularised incomplete beta function `I_x(a, b)`, a and b above 0: the distribution function of Beta(a, b), and so the
 * tail of a binomial, `P(Bin(n, x) >= k) = I_x(k, n - k + 1)`, for numbers of trials that need not be whole.
 *
 * By its continued fraction (DLMF 8.17.22, evaluated by Lentz's method), to about 1e-12.
 */
export function betaDistribution(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  // The fraction converges quickly below the mean only; above it the mirror image does.
  if (x > (a + 1) / (a + b + 2)) return 1 - betaDistribution(1 - x, b, a);
  const front = Math.exp(a * Math.log(x) + b * Math.log1p(-x) - logBeta(a, b)) / a;
  return Math.min(1, front / continuedFraction(x, a, b));
}

const TINY = 1e-300;
const MOST_STEPS = 100_000;

function continuedFraction(x: number, a: number, b: number): number {
  let value = 1;
  let c = 1;
  let d = 0;
  for (let step = 1; step <= MOST_STEPS; step += 1) {
    const m = Math.floor(step / 2);
    const term =
      step % 2 === 0
        ? (m * (b - m) * x) / ((a + step - 1) * (a + step))
        : (-(a + m) * (a + b + m) * x) / ((a + step - 1) * (a + step));
    d = 1 / (1 + term * d || TINY);
    c = 1 + term / c || TINY;
    value *= c * d;
    if (Math.abs(c * d - 1) < 1e-14) break;
  }
  return value;
}

/** The value below which Beta(a, b) lies with probability `ratio`, by bisection: the function is monotone. */
export function betaQuantile(ratio: number, a: number, b: number): number {
  let low = 0;
  let high = 1;
  for (let step = 0; step < 60; step += 1) {
    const middle = (low + high) / 2;
    if (betaDistribution(middle, a, b) < ratio) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Half-width, in standard errors, of a two-sided interval of Student's t: `t^2 / (df + t^2)` is Beta(1/2, df/2). */
export function studentHalfWidth(confidenceRatio: number, degreesOfFreedom: number): number {
  const share = betaQuantile(confidenceRatio, 0.5, degreesOfFreedom / 2);
  return Math.sqrt((degreesOfFreedom * share) / (1 - share));
}

function logBeta(a: number, b: number): number {
  return logGamma(a) + logGamma(b) - logGamma(a + b);
}

const STIRLING = [1 / 12, -1 / 360, 1 / 1_260, -1 / 1_680, 1 / 1_188] as const;

/** By Stirling's series (DLMF 5.11.1) above 16, and the recurrence below: 13 digits or more. */
function logGamma(x: number): number {
  let shift = 0;
  let at = x;
  for (; at < 16; at += 1) shift += Math.log(at);
  const series = STIRLING.reduce((sum, coefficient, index) => sum + coefficient / at ** (2 * index + 1), 0);
  return (at - 0.5) * Math.log(at) - at + 0.5 * Math.log(2 * Math.PI) + series - shift;
}
