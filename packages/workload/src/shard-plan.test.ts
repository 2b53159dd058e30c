import { UsageError } from '@fluidscope/errors';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { approximateTokenCounter } from './approximate-token-counter.js';
import { createLoadPlan } from './create-load-plan.js';
import type { LoadPlan } from './plan.js';
import { shardPlan } from './shard-plan.js';
import type { ArrivalSpec, DatasetRow, LengthSpec, WorkloadSpec } from './spec.js';
import { PLAN_SPEC, requestValues } from './testing/plan-spec.js';

const tokenCounter = approximateTokenCounter();
const DATASET: readonly DatasetRow[] = Array.from({ length: 40 }, (_, index) => ({
  arrivalOffsetNs: index * 1_000,
  prompt: { kind: 'blocks', promptTokens: 520, blockIds: [index % 3, index] },
  output: { kind: 'length', outputTokens: index + 1 },
  slo: index % 2 === 0 ? undefined : `ttft:${index}ms`,
}));

const arrivals = fc.constantFrom<ArrivalSpec>(
  { kind: 'constant', ratePerS: 3 },
  { kind: 'poisson', ratePerS: 100 },
  { kind: 'gamma', ratePerS: 5, burstiness: 0.3 },
  { kind: 'closed_loop', concurrencyCount: 9 },
  { kind: 'all_at_once' },
  { kind: 'recorded', timeScale: 2 },
  {
    kind: 'stages',
    process: { kind: 'poisson' },
    stages: [{ fromRatePerS: 1, toRatePerS: 9, durationNs: 5e9 }],
  },
);
const lengths = fc.constantFrom<LengthSpec>(
  { kind: 'normal', meanTokens: 40, stddevTokens: 10 },
  { kind: 'zipf', exponent: 1.1, minTokens: 2, maxTokens: 90 },
  { kind: 'recorded' },
);
const specs: fc.Arbitrary<WorkloadSpec> = fc.record({
  seed: fc.nat(),
  arrivals,
  requestCount: fc.integer({ min: 1, max: 40 }),
  warmupRequestCount: fc.nat(5),
  promptLengths: lengths,
  outputLengths: lengths,
});

const plan = (spec: WorkloadSpec): LoadPlan => createLoadPlan(spec, { tokenCounter, dataset: DATASET });

it('parts any plan into shards that together are the whole, each planned apart from the others', () => {
  fc.assert(
    fc.property(specs, fc.integer({ min: 1, max: 9 }), (spec, shardCount) => {
      const whole = plan(spec);
      const shards = Array.from({ length: shardCount }, (_, index) =>
        shardPlan(plan(spec), index, shardCount),
      );
      const union = shards.flatMap(requestValues).toSorted((a, b) => a.requestIndex - b.requestIndex);
      expect(union).toEqual(requestValues(whole));
      const total = (of: (shard: LoadPlan) => number | undefined): number =>
        shards.reduce((sum, shard) => sum + (of(shard) ?? NaN), 0);
      expect(total((shard) => shard.requestCount)).toBe(whole.requestCount);
      if (whole.concurrencyCount !== undefined) {
        expect(total((shard) => shard.concurrencyCount)).toBe(whole.concurrencyCount);
      }
      shards.forEach((shard) => expect(requestValues(shard)).toHaveLength(shard.requestCount ?? NaN));
    }),
    { numRuns: 80, seed: 8 },
  );
});

it('builds no prompt of another shard', () => {
  let countedTexts = 0;
  const counting = {
    ...tokenCounter,
    countTokens: (text: string) => ((countedTexts += 1), tokenCounter.countTokens(text)),
  };
  const whole = createLoadPlan({ ...PLAN_SPEC, requestCount: 1_000 }, { tokenCounter: counting });
  const [first] = shardPlan(whole, 3, 1_000).requests();
  expect(first?.requestIndex).toBe(3);
  expect(countedTexts).toBe(0);
});

it.each([
  [0, 0],
  [-1, 2],
  [2, 2],
  [0.5, 2],
  [0, 1.5],
])('refuses shard %d of %d', (shardIndex, shardCount) => {
  expect(() => shardPlan(plan(PLAN_SPEC), shardIndex, shardCount)).toThrow(UsageError);
});

it('refuses more shards than slots of a closed loop: one would never send', () => {
  const closed = plan({ ...PLAN_SPEC, arrivals: { kind: 'closed_loop', concurrencyCount: 2 } });
  expect(() => shardPlan(closed, 0, 3)).toThrow(/at most 2 for shardCount/);
});
