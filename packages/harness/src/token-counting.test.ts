import { expect, it } from 'vitest';
import { runNs } from '@fluidscope/units';
import { ChunkLog } from './chunk-log.js';
import { LiveTokenCount } from './live-token-count.js';
import { settleTokenCounts, type CountableStream } from './token-counting.js';

type Chunk = readonly [kind: 'none' | 'content', usageOutputTokensSoFar?: number];

function streamOf(chunks: readonly Chunk[]): CountableStream {
  const log = new ChunkLog();
  const live = new LiveTokenCount();
  for (const [kind, usageOutputTokensSoFar] of chunks) {
    const chunk = {
      arrivalNs: runNs(0),
      stampSource: 'user',
      errorNs: 0,
      kind,
      text: 'x',
      usageOutputTokensSoFar,
    } as const;
    log.push(0, live.count(chunk), kind);
  }
  return { log, live, pieces: chunks.filter(([kind]) => kind !== 'none').map(() => 'x') };
}

it('prefers the running count of the server to a tokenizer', async () => {
  const stream = streamOf([
    ['content', 2],
    ['content', 3],
  ]);
  const settled = await settleTokenCounts(stream, () => Uint32Array.of(7, 8));
  expect(settled).toEqual({ source: 'server_usage', corrected: false });
  expect([...stream.log.tokenCounts]).toEqual([2, 1]);
});

it('prefers a tokenizer to one a chunk, and spreads its counts over the chunks with text', async () => {
  const stream = streamOf([['none'], ['content'], ['none'], ['content']]);
  const settled = await settleTokenCounts(stream, () => Promise.resolve(Uint32Array.of(3, 1)));
  expect(settled).toEqual({ source: 'tokenizer', corrected: true });
  expect([...stream.log.tokenCounts]).toEqual([0, 3, 0, 1]);
});

it('counts one a chunk in place of a running count that broke off', async () => {
  const stream = streamOf([['content', 5], ['content'], ['none', 9]]);
  const settled = await settleTokenCounts(stream, undefined);
  expect(settled).toEqual({ source: 'one_per_chunk', corrected: true });
  expect([...stream.log.tokenCounts]).toEqual([1, 1, 0]);
});

it('refuses counts of another number than the pieces', async () => {
  const counted = settleTokenCounts(streamOf([['content'], ['content']]), () => Uint32Array.of(1));
  await expect(counted).rejects.toThrow('Expected token counts of 2 pieces but received 1');
});
