import { describe, expect, it } from 'vitest';
import { seededRandom } from './seeded-random.js';
import { shiftTests } from './shift-test.js';
import type { Random } from './controls.js';

const BINS_COUNT = 1_200;

/** At work for `onBins` at a time, at random, about a fifth of the run. */
function slowExposure(random: Random, onBins: number): Float64Array {
  const exposure = new Float64Array(BINS_COUNT);
  for (let each = 0; each < BINS_COUNT / (5 * onBins); each += 1) {
    const from = Math.floor(random() * BINS_COUNT);
    exposure.fill(0.5 + random() / 2, from, from + onBins);
  }
  return exposure;
}

/** Episodes in clusters, as a slow stretch of an engine makes them, at random times. */
function clusteredTrain(random: Random): number[] {
  return Array.from({ length: 8 }, () => Math.floor(random() * BINS_COUNT)).flatMap((bin) =>
    Array.from({ length: 1 + Math.floor(4 * random()) }, (_, next) => (bin + 4 * next) % BINS_COUNT),
  );
}

describe('shiftTests', () => {
  it('finds something in at most one null run of twenty, over a family of slow exposures and clustered episodes', () => {
    const random = seededRandom(20_261);
    const runsCount = 200;
    let falseCount = 0;
    for (let run = 0; run < runsCount; run += 1) {
      const exposures = [5, 12, 25, 40, 8, 20].map((onBins) => slowExposure(random, onBins));
      const tests = shiftTests(clusteredTrain(random), exposures);
      if (tests.some(({ familyWisePRatio }) => familyWisePRatio <= 0.05)) falseCount += 1;
    }
    expect(falseCount).toBeLessThanOrEqual(0.05 * runsCount);
  });

  it('finds an exposure that came with the episodes, and that no smaller p could be had', () => {
    const random = seededRandom(7);
    const train = Array.from({ length: 20 }, () => Math.floor(random() * BINS_COUNT));
    const exposure = new Float64Array(BINS_COUNT);
    for (const bin of train) exposure.fill(1, bin, bin + 2);
    const [found, other] = shiftTests(train, [exposure, slowExposure(random, 12)]);
    expect(found?.familyWisePRatio).toBeLessThanOrEqual(0.01);
    expect(found?.familyWisePRatio).toBeGreaterThanOrEqual(found?.attainablePRatio ?? 1);
    expect(other?.familyWisePRatio).toBeGreaterThan(0.05);
  });

  it('says of a slow exposure that little could be shown', () => {
    const exposure = new Float64Array(BINS_COUNT).fill(1, 300, 600);
    const [test] = shiftTests([310, 350, 400, 450, 500, 520, 560, 580], [exposure]);
    expect(test?.attainablePRatio).toBeGreaterThan(0.05);
    expect(test?.familyWisePRatio).toBeGreaterThan(0.05);
  });

  it('takes time that nobody looked at for neither', () => {
    const [test] = shiftTests([1, 2, 3, 4, 5, 6, 7, 8], [new Float64Array(BINS_COUNT).fill(NaN)]);
    expect(test?.familyWisePRatio).toBeGreaterThan(0.95);
  });
});
