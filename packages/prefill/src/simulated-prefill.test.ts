import {
  createEngine,
  ENGINE_PROFILES,
  engineNs,
  resolveEngineConfig,
  seededRandom,
  simulate,
  type EngineProfile,
} from '@fluidscope/serving-sim';
import { durationNs } from '@fluidscope/units';
import { describe, expect, it } from 'vitest';
import { fitPrefill, type PrefillFit } from './fit-prefill.js';
import { COEFFICIENTS, predictedTtftNs, type PrefillCurve } from './prefill-curve.js';
import type { PrefillPoint } from './prefill-point.js';
import { LENGTHS } from './testing/points.js';

interface IsolatedRequest {
  readonly promptTokens: number;
  readonly outputTokens: number;
  readonly promptBlockKeys: readonly string[];
}

/** Isolated requests on the simulated engine in virtual time, far apart from each other. */
function measured(
  profile: EngineProfile,
  seed: number,
  lengths: readonly number[] = LENGTHS,
): PrefillPoint[] {
  const config = resolveEngineConfig(profile, { prefixCaching: false });
  const engine = createEngine<IsolatedRequest>(profile, config, seededRandom(seed));
  const arrivals = lengths.flatMap((promptTokens, at) =>
    Array.from({ length: 10 }, (_, repeat) => ({
      request: { promptTokens, outputTokens: 1, promptBlockKeys: [] },
      atNs: engineNs((at * 10 + repeat) * 60e9),
    })),
  );
  return simulate(arrivals, engine).map(({ request, arrivedNs, tokenNs: [firstNs = NaN] }, requestIndex) => ({
    requestIndex,
    lengthTokens: request.promptTokens,
    promptTokens: request.promptTokens,
    ttftNs: durationNs(Math.round(firstNs - arrivedNs)),
  }));
}

function fitted(points: readonly PrefillPoint[]): PrefillFit {
  const fit = fitPrefill(points);
  if ('problem' in fit) throw new Error(fit.problem);
  return fit;
}

describe('an engine whose prefill is a quadratic', () => {
  const h100 = ENGINE_PROFILES['h100-llama3-8b'];
  const profile: EngineProfile = {
    ...h100,
    costs: {
      ...h100.costs,
      linearLayers: [
        { batchTokens: 1, elapsedNs: 5_020_000 },
        { batchTokens: 131_072, elapsedNs: 5_000_000 + 20_000 * 131_072 },
      ],
    },
    // One step takes the longest prompt whole, so that the curve has no steps of its own.
    maxBatchedTokens: 131_072,
    maxModelTokens: 131_073,
  };
  const { costs } = profile;
  const truth: PrefillCurve = {
    interceptNs: costs.baseNs + 5_000_000 + costs.perSequenceNs,
    perTokenNs: 20_000,
    perTokenSquaredNs: costs.perPrefillPairNs / 2,
  };

  it('has its own coefficients found, exactly without noise', () => {
    const { curve } = fitted(measured({ ...profile, stepNoiseRatio: 0 }, 1));
    for (const name of COEFFICIENTS) expect(curve[name] / truth[name], name).toBeCloseTo(1, 3);
  });

  it('has them within their intervals over many seeds', () => {
    const seedsCount = 200;
    for (const name of COEFFICIENTS) {
      let coveredCount = 0;
      for (let seed = 1; seed <= seedsCount; seed += 1) {
        const [low, high] = fitted(measured(profile, seed)).intervals?.[name] ?? [NaN, NaN];
        if (truth[name] >= low && truth[name] <= high) coveredCount += 1;
      }
      expect(coveredCount / seedsCount, name).toBeGreaterThan(0.9);
    }
  });
});

describe('the engine of the published profile, whose linear layers are no line', () => {
  const profile = ENGINE_PROFILES['h100-llama3-8b'];

  it('is predicted within its stated spread, and its lack of fit is said aloud', () => {
    const lengths = LENGTHS.map((length) => Math.min(length, 131_000));
    const fit = fitted(measured(profile, 7, lengths));
    expect(fit.lackOfFit?.isBeyondChance).toBe(true);
    const truth = fitted(measured({ ...profile, stepNoiseRatio: 0 }, 1, lengths)).byLength;
    for (const { promptTokens, medianNs } of truth) {
      const ratio = medianNs / predictedTtftNs(fit.curve, promptTokens);
      expect(ratio, String(promptTokens)).toBeGreaterThan(fit.spread.p025Ratio);
      expect(ratio, String(promptTokens)).toBeLessThan(fit.spread.p975Ratio);
      expect(Math.abs(ratio - 1), String(promptTokens)).toBeLessThan(0.25);
    }
  });
});
