import type { ChunkColumns, RequestRow, TraceReader } from '@fluidscope/trace-schema';
import { durationNs, runNs } from '@fluidscope/units';
import { expect, it } from 'vitest';
import { judgedByPrefill } from './judged-by-prefill.js';

const MS = 1e6;
const RULE = {
  curve: { interceptNs: 20 * MS, perTokenNs: 0.1 * MS, perTokenSquaredNs: 0 },
  fromTokens: 10,
  toTokens: 1_000,
  slack: { slackNs: durationNs(0), slackRatio: 0 },
};
const RECORDED = {
  path: 'prefill.json',
  measured_at: '2026-01-01T00:00:00Z',
  curve: { intercept_ns: 20 * MS, per_token_ns: 0.1 * MS, per_token_squared_ns: 0 },
  from_tokens: 10,
  to_tokens: 1_000,
  slack_ns: 0,
  slack_ratio: 0,
  p025_ratio: 0.9,
  p975_ratio: 1.1,
  points: [],
};

function oneBatch(chunks: ChunkColumns): AsyncIterator<ChunkColumns> {
  const rest = [chunks];
  return {
    next: () => {
      const value = rest.pop();
      return Promise.resolve(value === undefined ? { done: true, value } : { done: false, value });
    },
  };
}

/** Two requests whose first tokens come after 100 ms, behind a chunk without tokens, and second ones 10 ms later. */
function reader(): TraceReader {
  const rows = [100, 900].map((promptTokens, requestIndex) => ({
    requestIndex,
    requestId: `r00000${requestIndex}`,
    phase: 'measured',
    status: 'ok',
    intendedNs: runNs(0),
    promptTokens,
    fluidityIndex: 0.5,
    missedDeadlinesCount: 7,
  })) as unknown as readonly RequestRow[];
  const chunks: ChunkColumns = {
    length: 6,
    requestIndex: Uint32Array.of(0, 0, 0, 1, 1, 1),
    seq: Uint32Array.of(0, 1, 2, 0, 1, 2),
    arrivalNs: Float64Array.of(99 * MS, 100 * MS, 110 * MS, 99 * MS, 100 * MS, 110 * MS),
    tokenCount: Uint32Array.of(0, 1, 1, 0, 1, 1),
    stampSource: new Uint8Array(6),
    errorNs: new Float64Array(6),
  };
  const config = { ttft_deadline_ns: 1_000 * MS, tbt_deadline_ns: 20 * MS, model: 'm' };
  return {
    run: () => Promise.resolve({ config }),
    requests: () => Promise.resolve(rows),
    chunks: () => ({ [Symbol.asyncIterator]: () => oneBatch(chunks) }),
  } as unknown as TraceReader;
}

it('scores every request by the deadline of its own prompt, and names the profile in the configuration', async () => {
  const judged = judgedByPrefill(reader(), RULE, RECORDED);
  const [short, long] = await judged.requests();
  expect(short).toMatchObject({ ttftDeadlineNs: 30 * MS, missedDeadlinesCount: 4, totalDeadlinesCount: 5 });
  expect(long).toMatchObject({ ttftDeadlineNs: 110 * MS, missedDeadlinesCount: 0, fluidityIndex: 1 });
  expect((await judged.run()).config).toMatchObject({
    model: 'm',
    prefill_profile: { path: 'prefill.json' },
  });
});

it('gives the misses by the same deadlines, at their place in the stream', async () => {
  const batches = [];
  for await (const misses of judgedByPrefill(reader(), RULE, RECORDED).deadlineMisses()) batches.push(misses);
  expect(batches).toEqual([
    [{ requestIndex: 0, seq: 1, dueNs: 30 * MS, arrivalNs: 100 * MS, missedCount: 4 }],
  ]);
});
