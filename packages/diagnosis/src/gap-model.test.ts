import { describe, expect, it } from 'vitest';
import { BatchTimeline } from './batch-timeline.js';
import { fitGapModel } from './gap-model.js';
import { quantileRegression } from './quantile-regression.js';
import { MS, streamOf } from './testing/streams.js';
import type { TokenStream } from './token-stream.js';

function modelOf(streams: readonly TokenStream[]) {
  return fitGapModel(streams, new BatchTimeline(streams));
}

describe('quantileRegression', () => {
  const predictors = (at: number) => [at % 7, (at * 31) % 101];

  it('finds the line below which a quarter of the samples lie', () => {
    const samples = Array.from({ length: 400 }, (_, at) => {
      const [a = 0, b = 0] = predictors(at);
      return { response: 10 + 2 * a + 0.5 * b + (at % 4 === 0 ? 0 : 100 * (at % 4)), predictors: [a, b] };
    });
    const [intercept = 0, perA = 0, perB = 0] = quantileRegression(samples, 0.2) ?? [];
    expect([intercept, perA, perB]).toEqual([
      expect.closeTo(10, 1),
      expect.closeTo(2, 1),
      expect.closeTo(0.5, 1),
    ]);
  });

  it('leaves out a predictor that would shorten the response, or that never moves', () => {
    const samples = Array.from({ length: 100 }, (_, at) => ({ response: 50 - at / 10, predictors: [at, 0] }));
    expect(quantileRegression(samples, 0.5)?.slice(1)).toEqual([0, 0]);
  });

  it('has nothing to say of no sample', () => {
    expect(quantileRegression([], 0.5)).toBeUndefined();
  });
});

describe('fitGapModel', () => {
  it('judges a slowdown of half the run by the other half', () => {
    const slow = Object.fromEntries(Array.from({ length: 100 }, (_, at) => [100 + at, 6]));
    const streams = Array.from({ length: 4 }, (_, index) => streamOf(index, { tokens: 200, stallsMs: slow }));
    const model = modelOf(streams);
    expect(model?.medianNsAt(4_000 * MS)).toBeCloseTo(20 * MS, -4);
    expect(model?.toleranceNs).toBeLessThan(6 * MS);
  });

  it('does not take for the batch what came and went while it was large', () => {
    // 10 ms a step; with the 300th a host begins to cost 0.3 ms a stream, just before the batch grows from 8 to 24, and ends with the 800th.
    const [smallCount, largeCount, stepsCount] = [8, 24, 1_200];
    const batchAt = (step: number) => (step >= 350 && step < 900 ? largeCount : smallCount);
    const ends: number[] = [0];
    for (let step = 1; step < stepsCount; step += 1) {
      const hostMs = step >= 300 && step < 800 ? 0.3 * batchAt(step) : 0;
      ends.push((ends[step - 1] ?? 0) + 10 + hostMs);
    }
    const streams = Array.from({ length: largeCount }, (_, index) => {
      const steps = index < smallCount ? ends : ends.slice(350, 900);
      const arrivalsNs = Float64Array.from(steps, (ms) => ms * MS);
      const plain = streamOf(index, { tokens: arrivalsNs.length });
      return { ...plain, timings: { ...plain.timings, arrivalsNs } };
    });
    const model = modelOf(streams);
    expect((model?.medianNsAt((ends[600] ?? NaN) * MS) ?? NaN) / MS).toBeLessThan(11.5);
  });

  it('follows a batch that grows', () => {
    // 10 ms and 1 ms for each stream that decodes: stream k joins with its 100 k-th step.
    const [streamsCount, stepsCount] = [8, 900];
    const ends: number[] = [0];
    for (let step = 1; step < stepsCount; step += 1)
      ends.push((ends[step - 1] ?? 0) + 10 + Math.min(streamsCount, 1 + Math.floor(step / 100)));
    const streams = Array.from({ length: streamsCount }, (_, index) => {
      const arrivalsNs = Float64Array.from(ends.slice(100 * index), (ms) => ms * MS);
      const timings = { ...streamOf(index, { tokens: 1 }).timings, arrivalsNs };
      return {
        ...streamOf(index, { tokens: arrivalsNs.length }),
        timings: { ...timings, tokenCounts: new Uint32Array(arrivalsNs.length).fill(1) },
      };
    });
    const model = modelOf(streams);
    expect(model?.medianNsAt((ends[50] ?? 0) * MS)).toBeCloseTo(11 * MS, -6);
    expect(model?.medianNsAt((ends[850] ?? 0) * MS)).toBeCloseTo(18 * MS, -6);
  });

  it('explains no streams that have paces of their own, and not a handful of gaps', () => {
    const apart = Array.from({ length: 6 }, (_, index) =>
      streamOf(index, { tokens: 100, tbtMs: 3 ** index }),
    );
    expect(modelOf(apart)).toBeUndefined();
    expect(modelOf([streamOf(0, { tokens: 20 })])).toBeUndefined();
    expect(modelOf([])).toBeUndefined();
  });
});
