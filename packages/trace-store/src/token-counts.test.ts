import { expect, it } from 'vitest';
import { chunkRows } from './testing/chunk-rows.js';
import { query } from './testing/query.js';
import { chunksOf, rowsOf, writeTrace } from './testing/written-trace.js';

it('replaces the counts of chunks already written, and of no other', async () => {
  const path = await writeTrace((writer) => {
    writer.appendChunks(chunkRows(0, 9));
    writer.appendChunkTokenCounts({
      requestIndex: 1,
      seq: Uint32Array.of(0, 3),
      tokenCount: Uint32Array.of(5, 0),
    });
  });
  expect(
    await query(path, "SELECT seq, token_count FROM chunks WHERE request_id = 'r000001' ORDER BY seq"),
  ).toEqual([
    { seq: 0n, token_count: 5n },
    { seq: 1n, token_count: 1n },
    { seq: 2n, token_count: 1n },
    { seq: 3n, token_count: 0n },
  ]);
  expect(
    await query(path, "SELECT sum(token_count)::BIGINT AS n FROM chunks WHERE request_id = 'r000000'"),
  ).toEqual([{ n: 5n }]);
});

it('leaves the order of the chunks as it was', async () => {
  const path = await writeTrace((writer) => {
    writer.appendChunks(chunkRows(0, 5_000));
    writer.appendChunkTokenCounts({
      requestIndex: 0,
      seq: Uint32Array.of(2_400, 7),
      tokenCount: Uint32Array.of(4, 3),
    });
  });
  const expected = rowsOf(chunkRows(0, 5_000)).map((row) => {
    const count = row.requestIndex === 0 ? { 2_400: 4, 7: 3 }[row.seq] : undefined;
    return count === undefined ? row : { ...row, tokenCount: count };
  });
  expect(await chunksOf(path)).toEqual(expected);
});
