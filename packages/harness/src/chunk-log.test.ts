import { expect, it } from 'vitest';
import { ChunkLog, ChunkLogPool } from './chunk-log.js';

it('keeps every chunk of a stream longer than it expected', () => {
  const log = new ChunkLog();
  for (let i = 0; i < 10_000; i++) log.push(i, i % 3, i % 2 === 0 ? 'content' : 'reasoning');
  expect(log.length).toBe(10_000);
  expect(log.arrivalsNs).toEqual(Float64Array.from({ length: 10_000 }, (_, i) => i));
  expect(log.tokenCounts).toEqual(Uint32Array.from({ length: 10_000 }, (_, i) => i % 3));
  expect([log.kindAt(9_998), log.kindAt(9_999)]).toEqual(['content', 'reasoning']);
});

it('comes back from the pool empty, and is the same memory', () => {
  const pool = new ChunkLogPool();
  const log = pool.take();
  log.push(1, 1, 'content');
  expect(pool.take()).not.toBe(log);
  pool.release(log);
  const again = pool.take();
  expect(again).toBe(log);
  expect(again.length).toBe(0);
  expect(again.arrivalsNs).toHaveLength(0);
});
