/**
 * The closed table of unit suffixes. A name that holds a quantity ends in one of these; lint enforces it
 * in code, and the SQL and wire forms (snake_case) of the same words name columns and fields.
 */
export const UNIT_SUFFIXES = {
  Ns: 'nanoseconds',
  Us: 'microseconds',
  Ms: 'milliseconds',
  S: 'seconds',
  Bytes: 'bytes',
  Mhz: 'megahertz',
  Celsius: 'degrees Celsius',
  Milliwatts: 'milliwatts',
  Millijoules: 'millijoules',
  Tokens: 'tokens',
  Count: 'a number of things',
  Index: 'a position, or the fluidity-index family',
  Ratio: 'a share from 0 to 1',
  Pct: 'a share from 0 to 100',
  PerS: 'a rate a second',
} as const;

export type UnitSuffix = keyof typeof UNIT_SUFFIXES;
