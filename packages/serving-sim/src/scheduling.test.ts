import { describe, expect, it } from 'vitest';
import { contentOf, runPlain } from './testing/run-engine.js';

describe('chunked', () => {
  it('serves decodes first and fills what is left of the budget with chunks', () => {
    const { iterations } = runPlain({ policy: 'chunked' }, ['a', 10, 4, 0], ['b', 150, 2, 1]);
    expect(iterations.map(contentOf)).toEqual(['a+10', 'b+63 a', 'b+63 a', 'b+24 a', 'b']);
  });

  it('gives every decoding stream its token at the end of the same iteration', () => {
    const { requests } = runPlain({ policy: 'chunked' }, ['a', 10, 4, 0], ['b', 150, 2, 1]);
    expect(requests.map(({ tokenNs }) => tokenNs)).toEqual([
      [1_100_000, 2_740_000, 4_380_000, 5_630_000],
      [5_630_000, 6_640_000],
    ]);
  });

  it('packs several prompts into one iteration and cuts the last', () => {
    const { iterations } = runPlain({ policy: 'chunked' }, ['a', 30, 1, 0], ['b', 30, 1, 0], ['c', 30, 1, 0]);
    expect(iterations.map(contentOf)).toEqual(['a+30 b+30 c+4', 'c+26']);
  });
});

describe('prefill-first', () => {
  it('runs whole prompts alone while every decode stands still', () => {
    const { iterations, requests } = runPlain(
      { policy: 'prefill-first' },
      ['a', 10, 3, 0],
      ['b', 150, 2, 1],
      ['c', 40, 1, 2],
    );
    expect(iterations.map(contentOf)).toEqual(['a+10', 'b+150 c+40', 'a b', 'a']);
    expect(requests[0]?.tokenNs).toEqual([1_100_000, 5_020_000, 6_030_000]);
  });
});

describe('unchunked', () => {
  it('mixes decodes with a whole prompt in one long iteration', () => {
    const { iterations, requests } = runPlain({ policy: 'unchunked' }, ['a', 10, 3, 0], ['b', 150, 2, 1]);
    expect(iterations.map(contentOf)).toEqual(['a+10', 'b+150 a', 'a b']);
    expect(requests[0]?.tokenNs).toEqual([1_100_000, 3_610_000, 4_630_000]);
  });

  it('keeps a prompt that does not fit beside the others waiting, and nobody overtakes it', () => {
    const { iterations } = runPlain(
      { policy: 'unchunked', maxModelTokens: 100, maxBatchedTokens: 100 },
      ['a', 70, 1, 0],
      ['b', 60, 1, 0],
      ['c', 10, 1, 0],
    );
    expect(iterations.map(contentOf)).toEqual(['a+70', 'b+60 c+10']);
  });
});

describe('every policy', () => {
  it.each(['chunked', 'prefill-first', 'unchunked'] as const)(
    '%s runs at most max-num-seqs requests at once',
    (policy) => {
      const { iterations } = runPlain(
        { policy, maxSequenceCount: 2 },
        ['a', 5, 2, 0],
        ['b', 5, 3, 0],
        ['c', 5, 2, 0],
      );
      const counts = iterations.map(({ prefillChunks, decodes }) => prefillChunks.length + decodes.length);
      expect(Math.max(...counts)).toBe(2);
    },
  );

  it.each(['chunked', 'prefill-first', 'unchunked'] as const)(
    '%s leaves an arrival of the middle of an iteration to the next one',
    (policy) => {
      const { iterations, requests } = runPlain({ policy }, ['a', 10, 2, 0], ['b', 10, 1, 1_099_999]);
      expect(iterations[0]?.admitted.map(({ name }) => name)).toEqual(['a']);
      expect(iterations[1]?.admitted.map(({ name }) => name)).toEqual(['b']);
      expect(requests[1]?.arrivedNs).toBe(1_099_999);
    },
  );

  it('starts at the arrival when it was idle', () => {
    const { iterations } = runPlain({}, ['a', 10, 1, 0], ['b', 10, 1, 50_000_000]);
    expect(iterations.map(({ startNs, endNs }) => [startNs, endNs])).toEqual([
      [0, 1_100_000],
      [50_000_000, 51_100_000],
    ]);
  });
});

describe('preemption', () => {
  // 6 blocks of 16 tokens; two requests of up to 56 tokens need 4 blocks each at their end.
  const tight = { kvBlockCount: 6, maxModelTokens: 96, watermarkRatio: 0 };

  it('takes the last admitted, which computes its prompt and its output again and then goes on', () => {
    const { iterations, requests, engine } = runPlain(tight, ['a', 31, 25, 0], ['b', 31, 25, 0]);
    const preempting = iterations.filter(({ preempted }) => preempted.length > 0);
    expect(preempting.map(({ preempted }) => preempted.map(({ name }) => name))).toEqual([['b']]);
    expect(engine.stats().totalPreemptionCount).toBe(1);
    const resumed = iterations.find(
      ({ admitted, iterationIndex }) => iterationIndex > 0 && admitted.length > 0,
    );
    expect(resumed?.admitted.map(({ name }) => name)).toEqual(['b']);
    // 31 prompt tokens and the 18 tokens it had emitted when its third block was full.
    expect(resumed && contentOf(resumed)).toBe('b+49');
    expect(requests.map(({ tokenNs }) => tokenNs.length)).toEqual([25, 25]);
  });

  it('does not admit in the iteration that preempts, even where a chunk of the victim would fit', () => {
    const small = { ...tight, maxBatchedTokens: 20 };
    const { iterations } = runPlain(small, ['a', 31, 25, 0], ['b', 31, 25, 0]);
    const preempting = iterations.find(({ preempted }) => preempted.length > 0);
    expect(preempting && contentOf(preempting)).toBe('a');
    expect(preempting?.admitted).toEqual([]);
  });

  it('leaves the watermark free when it admits beside others, but lets a lone request have it all', () => {
    const half = { kvBlockCount: 8, maxModelTokens: 128, maxBatchedTokens: 128, watermarkRatio: 0.5 };
    const beside = runPlain(half, ['a', 16, 20, 0], ['b', 64, 1, 0]);
    expect(beside.iterations[0]?.admitted.map(({ name }) => name)).toEqual(['a']);
    const alone = runPlain(half, ['b', 120, 1, 0]);
    expect(alone.iterations.map(contentOf)).toEqual(['b+120']);
  });
});
