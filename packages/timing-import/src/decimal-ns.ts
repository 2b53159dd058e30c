/** How many decimal places a unit's value moves to become nanoseconds. */
export const NS_EXPONENT = { ns: 0, us: 3, ms: 6, s: 9 } as const;

export type TimeUnit = keyof typeof NS_EXPONENT;

const SCALE = { ns: 1, us: 1e3, ms: 1e6, s: 1e9 } as const;

/**
 * The nearest whole nanosecond, halves up, of the decimal that `value` was written as: 0.15 s is 150,000,000 ns.
 * `undefined` unless it is a number of 0 or more that stays below 2^53 ns.
 *
 * The product of doubles is off by at most two roundings; only where that could move it across a half does the exact
 * decimal decide.
 */
export function decimalToNs(value: unknown, unit: TimeUnit): number | undefined {
  if (typeof value !== 'number' || !(value >= 0 && value < Infinity)) return undefined;
  const productNs = value * SCALE[unit];
  const fromHalfNs = Math.abs(productNs - Math.floor(productNs) - 0.5);
  const roundedNs =
    fromHalfNs > productNs * 2 ** -51 ? Math.round(productNs) : exactNs(value, NS_EXPONENT[unit]);
  return Number.isSafeInteger(roundedNs) ? roundedNs : undefined;
}

/** Over the shortest decimal that reads back as `value`, which is what a JSON writer wrote. */
function exactNs(value: number, exponent: number): number {
  const [mantissa = '', power = '0'] = String(value).split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  const places = fraction.length - Number(power) - exponent;
  const digits = BigInt(whole + fraction);
  if (places <= 0) return Number(digits * 10n ** BigInt(-places));
  const divisor = 10n ** BigInt(places);
  return Number((2n * digits + divisor) / (2n * divisor));
}
