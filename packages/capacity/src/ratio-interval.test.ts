import { expect, it } from 'vitest';
import { ratioInterval } from './ratio-interval.js';

const AT_99 = { targetRatio: 0.99, designEffect: 1, alpha: 0.05 };

it('needs hundreds of good requests before it says 99 %', () => {
  expect(ratioInterval({ goodCount: 100, totalCount: 100 }, AT_99).lowRatio).toBeLessThan(0.99);
  expect(ratioInterval({ goodCount: 1_000, totalCount: 1_000 }, AT_99).lowRatio).toBeGreaterThan(0.99);
  expect(ratioInterval({ goodCount: 80, totalCount: 100 }, AT_99).highRatio).toBeLessThan(0.99);
});

it('counts dependent requests as fewer', () => {
  const independent = ratioInterval({ goodCount: 940, totalCount: 1_000 }, AT_99);
  const dependent = ratioInterval({ goodCount: 940, totalCount: 1_000 }, { ...AT_99, designEffect: 10 });
  expect(dependent.lowRatio).toBeLessThan(independent.lowRatio);
  expect(dependent.highRatio).toBeGreaterThan(independent.highRatio);
});

it('knows nothing from nothing', () => {
  expect(ratioInterval({ goodCount: 0, totalCount: 0 }, AT_99)).toEqual({ lowRatio: 0, highRatio: 1 });
});

it('misses the true share in at most 5 % of runs, looked at after every request', () => {
  const truth = 0.9;
  let state = 1;
  const draw = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
  let misses = 0;
  for (let run = 0; run < 200; run++) {
    let goodCount = 0;
    for (let totalCount = 1; totalCount <= 300; totalCount++) {
      if (draw() < truth) goodCount += 1;
      const { lowRatio, highRatio } = ratioInterval(
        { goodCount, totalCount },
        { ...AT_99, targetRatio: truth },
      );
      if (truth >= lowRatio && truth <= highRatio) continue;
      misses += 1;
      break;
    }
  }
  expect(misses).toBeLessThanOrEqual(10);
});
