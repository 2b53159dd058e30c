import { randomInt, randomLogNormal, randomNormal } from 'd3-random';
import type { RandomSource } from './random-stream.js';
import type { LengthSpec } from './spec.js';

/** Draws a length in tokens, at least 1. */
export type LengthSampler = (source: RandomSource) => number;

export type DrawnLengthSpec = Exclude<LengthSpec, { kind: 'recorded' }>;

/** Lengths by a distribution. Only draws that round below one token are drawn again; nothing else is cut. */
export function createLengthSampler(spec: DrawnLengthSpec): LengthSampler {
  switch (spec.kind) {
    case 'fixed':
      return () => spec.lengthTokens;
    case 'uniform':
      return (source) => randomInt.source(source)(spec.minTokens, spec.maxTokens + 1)();
    case 'normal':
      return (source) => atLeastOneToken(randomNormal.source(source)(spec.meanTokens, spec.stddevTokens));
    case 'lognormal': {
      const variance = Math.log1p((spec.stddevTokens / spec.meanTokens) ** 2);
      const centre = Math.log(spec.meanTokens) - variance / 2;
      return (source) => atLeastOneToken(randomLogNormal.source(source)(centre, Math.sqrt(variance)));
    }
    case 'zipf':
      return zipfSampler(spec.exponent, spec.minTokens, spec.maxTokens);
  }
}

function atLeastOneToken(draw: () => number): number {
  let lengthTokens = Math.round(draw());
  while (lengthTokens < 1) lengthTokens = Math.round(draw());
  return lengthTokens;
}

/** Inverts a table of cumulated weights: exact for every exponent, also at and below 1 where rejection is not. */
function zipfSampler(exponent: number, minTokens: number, maxTokens: number): LengthSampler {
  const cumulated = new Float64Array(maxTokens - minTokens + 1);
  let sum = 0;
  for (let rank = 1; rank <= cumulated.length; rank += 1) {
    sum += rank ** -exponent;
    cumulated[rank - 1] = sum;
  }
  return (source) => minTokens + firstIndexAbove(cumulated, source() * sum);
}

function firstIndexAbove(ascending: Float64Array, value: number): number {
  let low = 0;
  let high = ascending.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ascending[middle] ?? Infinity) > value) high = middle;
    else low = middle + 1;
  }
  return low;
}
