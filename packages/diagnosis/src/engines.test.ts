import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findEngines } from './engines.js';
import { MS, streamOf, type StreamShape } from './testing/streams.js';
import type { TokenStream } from './token-stream.js';

/** Ends of an engine's steps: each takes `stepMs` and up to a tenth more, by a fixed sequence. */
function stepEnds(stepMs: number, seed: number, count: number): readonly number[] {
  let [state, at] = [seed, 0];
  return Array.from({ length: count }, () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    at += stepMs * (1 + (0.2 * state) / 2 ** 31 - 0.1);
    return at;
  });
}

/** A stream that gets a token with each `every`th step from `first` on. */
function onSteps(
  requestIndex: number,
  endsMs: readonly number[],
  { first, steps, every = 1 }: { first: number; steps: number; every?: number },
): TokenStream {
  const ends = endsMs.slice(first, first + steps).filter((_, index) => index % every === 0);
  const arrivalsNs = Float64Array.from(ends, (ms) => Math.round(ms * MS));
  const shape: StreamShape = { tokens: arrivalsNs.length };
  const plain = streamOf(requestIndex, shape);
  return { ...plain, timings: { ...plain.timings, arrivalsNs } };
}

function indexes(streams: readonly TokenStream[]): readonly number[] {
  return streams.map(({ requestIndex }) => requestIndex).sort((a, b) => a - b);
}

describe('findEngines', () => {
  it('tells two replicas apart by the drift of their steps', () => {
    const [a, b] = [stepEnds(6, 1, 2_000), stepEnds(6.1, 7, 2_000)];
    const streams = Array.from({ length: 24 }, (_, index) =>
      onSteps(index, index % 2 === 0 ? a : b, { first: 30 * index, steps: 700 }),
    );
    const engines = findEngines(streams);
    expect(engines).toHaveLength(2);
    for (const engine of engines) expect(new Set(indexes(engine).map((index) => index % 2)).size).toBe(1);
  });

  it('keeps one engine one, whatever its chunks hold, when streams join and how long they stay', () => {
    const join = fc.record({
      first: fc.integer({ min: 0, max: 1_500 }),
      steps: fc.integer({ min: 5, max: 700 }),
      every: fc.constantFrom(1, 1, 4, 16),
    });
    fc.assert(
      fc.property(fc.array(join, { minLength: 1, maxLength: 30 }), fc.nat(1_000), (joins, seed) => {
        const ends = stepEnds(6, seed, 2_200);
        const streams = joins.map((one, index) => onSteps(index, ends, one));
        expect(findEngines(streams).map(indexes)).toEqual([indexes(streams)]);
      }),
      { numRuns: 60 },
    );
  });

  it('keeps one engine one where its answers are delayed one by one', () => {
    const ends = stepEnds(6, 3, 2_000);
    const streams = Array.from({ length: 20 }, (_, index) => {
      const stream = onSteps(index, ends, { first: 40 * index, steps: 600 });
      const delayed = stream.timings.arrivalsNs.map((ns, at) => ns + ((at + index) % 37 < 9 ? 30 * MS : 0));
      return { ...stream, timings: { ...stream.timings, arrivalsNs: delayed.sort() } };
    });
    expect(findEngines(streams)).toHaveLength(1);
  });

  it('has no engine without a token', () => {
    expect(findEngines([])).toEqual([]);
    expect(findEngines([streamOf(0, { tokens: 0 })])).toEqual([]);
  });
});
