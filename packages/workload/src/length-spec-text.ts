import type { TextProblem } from './arrival-stages-text.js';
import type { LengthSpec } from './spec.js';

const NUMBER = String.raw`(\d+(?:\.\d+)?|\.\d+)`;
const FORMS: readonly {
  readonly pattern: RegExp;
  readonly read: (numbers: readonly number[]) => LengthSpec;
}[] = [
  {
    pattern: /^(?:fixed:)?(\d+)$/,
    read: ([lengthTokens = NaN]) => ({ kind: 'fixed', lengthTokens }),
  },
  {
    pattern: /^uniform:(\d+)-(\d+)$/,
    read: ([minTokens = NaN, maxTokens = NaN]) => ({ kind: 'uniform', minTokens, maxTokens }),
  },
  {
    pattern: new RegExp(`^normal:${NUMBER},${NUMBER}$`),
    read: ([meanTokens = NaN, stddevTokens = NaN]) => ({ kind: 'normal', meanTokens, stddevTokens }),
  },
  {
    pattern: new RegExp(`^lognormal:${NUMBER},${NUMBER}$`),
    read: ([meanTokens = NaN, stddevTokens = NaN]) => ({ kind: 'lognormal', meanTokens, stddevTokens }),
  },
  {
    pattern: new RegExp(String.raw`^zipf:${NUMBER},(\d+)-(\d+)$`),
    read: ([exponent = NaN, minTokens = NaN, maxTokens = NaN]) => ({
      kind: 'zipf',
      exponent,
      minTokens,
      maxTokens,
    }),
  },
  { pattern: /^recorded$/, read: () => ({ kind: 'recorded' }) },
];

/**
 * Reads the lengths of a flag: `512`, `uniform:100-500`, `normal:MEAN,STDDEV`, `lognormal:MEAN,STDDEV`,
 * `zipf:EXPONENT,MIN-MAX` or `recorded`; all numbers are tokens. Only the form is checked here, the values by
 * `parseWorkloadSpec`. Never throws.
 */
export function parseLengthSpec(text: string): LengthSpec | TextProblem {
  const compact = text.replaceAll(/\s+/g, '').toLowerCase();
  for (const { pattern, read } of FORMS) {
    const match = pattern.exec(compact);
    if (match !== null) return read(match.slice(1).map(Number));
  }
  return {
    problem:
      'expected tokens such as 512, uniform:100-500, normal:512,64, lognormal:512,256, zipf:1.2,1-4096 or ' +
      `recorded but received "${text}"`,
  };
}
