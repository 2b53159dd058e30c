import { durationNs } from '@fluidscope/units';
import { predictedTtftNs, type PrefillCurve } from '../prefill-curve.js';
import type { PrefillPoint } from '../prefill-point.js';

export const CURVE: PrefillCurve = { interceptNs: 8e6, perTokenNs: 21_000, perTokenSquaredNs: 0.65 };
export const LENGTHS = [256, 512, 1024, 2048, 4096, 8192, 16_384, 32_768, 65_536, 131_072];

/** A normal value by Box and Muller. */
export function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** Repeats at each length about `timeOf` it, `noiseRatio` their relative standard deviation. */
export function pointsOf(
  lengths: readonly number[],
  {
    repeats = 10,
    noiseRatio = 0,
    random = () => 0.5,
    timeOf = (tokens) => predictedTtftNs(CURVE, tokens),
  }: {
    readonly repeats?: number;
    readonly noiseRatio?: number;
    readonly random?: () => number;
    readonly timeOf?: (tokens: number) => number;
  } = {},
): PrefillPoint[] {
  return lengths.flatMap((lengthTokens, at) =>
    Array.from({ length: repeats }, (_, repeat) => {
      const factor = noiseRatio === 0 ? 1 : Math.exp(noiseRatio * normal(random) - noiseRatio ** 2 / 2);
      return {
        requestIndex: at * repeats + repeat,
        lengthTokens,
        promptTokens: lengthTokens,
        ttftNs: durationNs(Math.max(1, Math.round(factor * timeOf(lengthTokens)))),
      };
    }),
  );
}
