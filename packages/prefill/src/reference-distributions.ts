const Z_975 = 1.959_963_984_540_054;

/** The 97.5 % point of Student's t by the Cornish-Fisher expansion: within 1 % from 4 degrees of freedom, wider below. */
export function studentT975(degreesCount: number): number {
  const z = Z_975;
  const first = (z ** 3 + z) / 4;
  const second = (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96;
  const third = (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384;
  return z + first / degreesCount + second / degreesCount ** 2 + third / degreesCount ** 3;
}

/** Chance that a chi-squared value is above `value` (Wilson and Hilferty's normal approximation). */
export function chiSquaredTail(value: number, degreesCount: number): number {
  const ninth = 2 / (9 * degreesCount);
  return normalTail((Math.cbrt(value / degreesCount) - (1 - ninth)) / Math.sqrt(ninth));
}

/** Abramowitz and Stegun 26.2.17: off by less than 1e-7. */
function normalTail(z: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z));
  const series =
    t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  const tail = (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * series;
  return z >= 0 ? tail : 1 - tail;
}
