import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { durationNs } from '@fluidscope/units';
import { planOf } from './testing/planned-requests.js';
import { MS, VirtualRun } from './testing/virtual-run.js';

const endless = { endsAfterNs: 1e9 * MS };

describe('metrics', () => {
  it('of a stream with a stall are those of its deadlines, its misses those of its index', async () => {
    const afterNs = [80, 100, 120, 1_120, 1_140].map((ms) => ms * MS);
    const run = new VirtualRun(planOf([0]), () => ({ chunksAfterNs: afterNs, endsAfterNs: 1_141 * MS }));
    await run.toEnd();
    const end = run.rows.ends[0];
    expect(end).toMatchObject({
      ttftNs: 80 * MS,
      ttftFromSentNs: 80 * MS,
      ttftVisibleNs: 80 * MS,
      endToEndNs: 1_140 * MS,
      tpotMeanNs: 265 * MS,
      firstChunkNs: 82 * MS,
      outputTokens: 5,
      tokenCountSource: 'one_per_chunk',
      tokenFluidityIndex: 0.8,
    });
    // Slack before the stall: 20 + 5 + 5 ms. It ends at a gap of 1,000 ms: floor((1000 - 30 - 25) / 25) + 1 deadlines passed.
    expect(end).toMatchObject({ missedDeadlinesCount: 38, totalDeadlinesCount: 42, fluidityIndex: 4 / 42 });
    expect(run.rows.misses).toEqual([
      { requestIndex: 0, seq: 3, dueNs: 177 * MS, arrivalNs: 1_122 * MS, missedCount: 38 },
    ]);
  });

  it('keep the first token of any kind and the first visible one apart', async () => {
    const run = new VirtualRun(planOf([0]), () => ({
      chunksAfterNs: [10 * MS, 20 * MS, 30 * MS, 40 * MS],
      chunk: (seq) => ({ kind: (['none', 'reasoning', 'content', 'none'] as const)[seq] ?? 'none' }),
      endsAfterNs: 50 * MS,
    }));
    await run.toEnd();
    expect(run.rows.ends[0]).toMatchObject({ ttftNs: 20 * MS, ttftVisibleNs: 30 * MS, outputTokens: 2 });
    expect(run.rows.chunks.map(({ tokenCount }) => tokenCount)).toEqual([0, 1, 1, 0]);
  });

  it('count by a tokenizer over the whole text once the stream has ended, and correct the chunks', async () => {
    const pieces: (readonly string[])[] = [];
    const run = new VirtualRun(
      planOf([0]),
      () => ({
        chunksAfterNs: [10 * MS, 20 * MS],
        endsAfterNs: 50 * MS,
        outcome: { usageOutputTokens: 5 },
      }),
      {
        prefixTokenCounts: (texts) => {
          pieces.push(texts);
          return Uint32Array.of(2, 3);
        },
      },
    );
    const result = await run.toEnd();
    expect(pieces).toEqual([['t0 ', 't1 ']]);
    expect(run.rows.tokenCounts).toEqual([
      { requestIndex: 0, seq: Uint32Array.of(0, 1), tokenCount: Uint32Array.of(2, 3) },
    ]);
    expect(run.rows.ends[0]).toMatchObject({ outputTokens: 5, tokenCountSource: 'tokenizer' });
    expect(result.warnings).toEqual([]);
  });

  it('fall back to one token a chunk when the tokenizer fails, and say so', async () => {
    const run = new VirtualRun(planOf([0]), () => ({ chunksAfterNs: [10 * MS], endsAfterNs: 50 * MS }), {
      prefixTokenCounts: () => {
        throw new Error('lone surrogate');
      },
    });
    const result = await run.toEnd();
    expect(run.rows.ends[0]).toMatchObject({ outputTokens: 1, tokenCountSource: 'one_per_chunk' });
    expect(run.rows.events).toContainEqual(
      expect.objectContaining({ kind: 'token_count_failed', detail: { message: 'lone surrogate' } }),
    );
    expect(result.warnings).toMatchObject([{ code: 'token_count_failed' }]);
  });

  it('warn when the server says other counts than those counted', async () => {
    const run = new VirtualRun(planOf([0, MS]), (_, index) => ({
      chunksAfterNs: [10 * MS, 11 * MS],
      endsAfterNs: 50 * MS,
      outcome: { usageOutputTokens: index === 0 ? 10 : 2 },
    }));
    const result = await run.toEnd();
    expect(run.rows.ends[0]).toMatchObject({ outputTokens: 2, usageOutputTokens: 10 });
    expect(result.warnings).toMatchObject([{ code: 'token_count_disagrees' }]);
    expect(result.warnings[0]?.message).toContain('1 of 2 requests');
    expect(result.warnings[0]?.message).toContain('by up to 8');
  });
});

it('reports progress each second and once at the end', async () => {
  const seen: { readonly stage: string; readonly sentCount: number; readonly inFlightCount: number }[] = [];
  const run = new VirtualRun(
    planOf([0, 1_500 * MS]),
    () => ({ chunksAfterNs: [80 * MS], endsAfterNs: 900 * MS }),
    {
      onProgress: ({ stage, sentCount, inFlightCount }) => seen.push({ stage, sentCount, inFlightCount }),
    },
  );
  await run.toEnd();
  expect(seen).toEqual([
    { stage: 'measured', sentCount: 1, inFlightCount: 0 },
    { stage: 'draining', sentCount: 2, inFlightCount: 1 },
    { stage: 'draining', sentCount: 2, inFlightCount: 0 },
  ]);
});

it.each([
  ['that was cut off', [0, 10 * MS], endless],
  ['that ran out long before its duration', [0], { endsAfterNs: MS }],
])('leaves no timer and no listener behind a load %s', async (_, offsetsNs, script) => {
  const run = new VirtualRun(planOf(offsetsNs), () => script, {
    settings: { durationNs: durationNs(60_000 * MS), drainLimitNs: durationNs(50 * MS) },
  });
  await run.toEnd();
  expect(run.time.pendingCount).toBe(0);
  for (const { signal } of [run.stop, run.stopNow]) expect(getEventListeners(signal, 'abort')).toEqual([]);
});

it('warns of no leak with many requests in flight', async () => {
  const warnings: Error[] = [];
  const collect = (warning: Error): void => void warnings.push(warning);
  process.on('warning', collect);
  await new VirtualRun(planOf(Array<number>(100).fill(0)), () => ({ endsAfterNs: MS })).toEnd();
  process.off('warning', collect);
  expect(warnings).toEqual([]);
});
