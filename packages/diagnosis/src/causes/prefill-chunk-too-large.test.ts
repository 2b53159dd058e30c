import { describe, expect, it } from 'vitest';
import { diagnose } from '../index.js';
import { DEADLINES, streamOf } from '../testing/streams.js';
import { serverWith } from '../testing/telemetry.js';

/** Six streams of one engine; three times two steps in a row take 150 ms too long, or one takes 300, while other clients' prompts come in. */
function withChunks(stallsMs: Readonly<Record<number, number>>) {
  return Array.from({ length: 6 }, (_, index) =>
    streamOf(index, { tokens: 200, ttftMs: 100 + index, promptTokens: 400 + 20 * index, stallsMs }),
  );
}

const IN_CHUNKS = { 40: 150, 41: 150, 80: 150, 81: 150, 120: 150, 121: 150 };
const JUMPS_MS = [1_100, 2_200, 3_300];

function causesOf(
  stallsMs: Readonly<Record<number, number>>,
  tokensEach = 6_000,
  jumpsMs: readonly number[] = JUMPS_MS,
) {
  const server = serverWith({
    prompt_tokens_count: (ms) => tokensEach * jumpsMs.filter((atMs) => ms >= atMs).length,
  });
  return [...new Set(diagnose(withChunks(stallsMs), DEADLINES, server).findings.map(({ cause }) => cause))];
}

describe('prefill_chunk_too_large', () => {
  it('is laid where slow steps of one length follow each other, for prompts that are worth them', () => {
    expect(causesOf(IN_CHUNKS)).toEqual(['prefill_chunk_too_large']);
  });

  it('is not laid where each prompt takes one step: they are worked on whole', () => {
    expect(causesOf({ 40: 300, 80: 300, 120: 300 })).toEqual(['prefill_interference']);
  });

  it('is laid though slack absorbed the same chunks more often than not', () => {
    // 100 + 5 ms of slack a token: the first two chunks of 150 ms cost deadlines, the others none.
    const [first, later] = [
      { 20: 150, 21: 150 },
      { 100: 150, 101: 150, 130: 150, 131: 150, 160: 150, 161: 150 },
    ];
    expect(causesOf({ ...first, ...later }, 6_000, [700, 2_600, 3_500, 4_400])).toEqual([
      'prefill_chunk_too_large',
    ]);
  });

  it('is ruled out by prompts too short for the stall', () => {
    expect(causesOf(IN_CHUNKS, 600)).toEqual(['unknown']);
  });

  it('is ruled out where no prompt in hand fills a chunk: something else made the steps long', () => {
    // Four prompts, each of them usually worth 62 ms, have their first token with the second of two steps of 150 ms.
    const joining = [1_080, 2_180, 3_280].flatMap((startMs, storm) =>
      Array.from({ length: 4 }, (_, index) =>
        streamOf(6 + 4 * storm + index, { tokens: 2, startMs, ttftMs: 140 + index, promptTokens: 1_200 }),
      ),
    );
    const { episodes } = diagnose([...withChunks(IN_CHUNKS), ...joining], DEADLINES);
    expect(episodes.flatMap(({ verdict }) => verdict.claims)).toEqual([]);
  });

  it('is not laid for chunks each of which a stream that keeps ahead would carry', () => {
    const inChunksOf = (ms: number): Readonly<Record<number, number>> =>
      Object.fromEntries([20, 21, 22, 70, 71, 72, 120, 121, 122].map((token) => [token, ms]));
    expect(causesOf(inChunksOf(80), 8_000, [600, 1_850, 3_100])).toEqual(['unknown']);
    expect(causesOf(inChunksOf(140), 12_000, [650, 2_030, 3_450])).toEqual(['prefill_chunk_too_large']);
  });
});
