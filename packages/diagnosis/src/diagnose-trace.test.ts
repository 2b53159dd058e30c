import { runNs } from '@fluidscope/units';
import { describe, expect, it } from 'vitest';
import { diagnoseTrace, diagnosisJson } from './index.js';
import { MS } from './testing/streams.js';
import { readerOf, requestRow, type ReadTrace } from './testing/trace-reader.js';

/** Tokens 20 ms apart from 100 ms on, with a wait of 500 ms more before token 20. */
function chunksOf(requestIndex: number, tokens = 40): ReadTrace['chunks'] {
  return Array.from({ length: tokens }, (_, seq) => [
    requestIndex,
    seq,
    (100 + 20 * seq + (seq >= 20 ? 500 : 0)) * MS,
    1,
  ]);
}

function diagnosed(trace: ReadTrace) {
  return diagnoseTrace(readerOf(trace));
}

describe('diagnoseTrace', () => {
  it('judges one request', async () => {
    const { episodes, findings, leftOut, isCutShort } = await diagnosed({
      requests: [requestRow(0)],
      chunks: chunksOf(0),
    });
    expect({ count: episodes.length, leftOut, isCutShort }).toEqual({
      count: 1,
      leftOut: [],
      isCutShort: false,
    });
    expect(findings.map(({ cause }) => cause)).toEqual(['unknown']);
  });

  it('judges what ended of a trace that was cut short, and counts what did not', async () => {
    const { leftOut, isCutShort, streamsCount } = await diagnosed({
      requests: [
        requestRow(0),
        requestRow(1, { status: undefined }),
        requestRow(2, { status: undefined }),
        requestRow(3, { status: 'error' }),
        requestRow(4, { status: 'cancelled' }),
        requestRow(5, { status: undefined, phase: 'warmup' }),
      ],
      chunks: chunksOf(0),
      isCutShort: true,
    });
    expect({ isCutShort, streamsCount }).toEqual({ isCutShort: true, streamsCount: 1 });
    expect(leftOut).toEqual([
      { reason: 'in_flight_at_the_end', requestsCount: 2, firstRequestIndex: 1 },
      { reason: 'failed', requestsCount: 1, firstRequestIndex: 3 },
      { reason: 'cancelled', requestsCount: 1, firstRequestIndex: 4 },
    ]);
  });

  it('leaves out requests whose times make no sense, and judges the others', async () => {
    const backwards = chunksOf(1).map(([index, seq, arrivalNs]) => [index, seq, 9e9 - arrivalNs, 1] as const);
    const { leftOut, episodes, missedCount } = await diagnosed({
      requests: [0, 1, 2, 3, 4].map((index) => requestRow(index)),
      chunks: [
        ...chunksOf(0),
        ...backwards,
        [2, 0, NaN, 1],
        [2, 1, 2e8, 1],
        [3, 0, 1e8, 0],
        [4, 0, 1e8 + 0.5, 1],
      ],
    });
    expect(leftOut).toEqual([
      { reason: 'arrivals_out_of_order', requestsCount: 1, firstRequestIndex: 1 },
      { reason: 'not_whole_times', requestsCount: 2, firstRequestIndex: 2 },
      { reason: 'no_tokens', requestsCount: 1, firstRequestIndex: 3 },
    ]);
    expect(episodes).toHaveLength(1);
    expect(missedCount).toBe(
      (await diagnosed({ requests: [requestRow(0)], chunks: chunksOf(0) })).missedCount,
    );
  });

  it('leaves out what two runs wrote under one name, for their tokens go back in time', async () => {
    const { leftOut } = await diagnosed({
      requests: [requestRow(0)],
      chunks: [...chunksOf(0), ...chunksOf(0)],
    });
    expect(leftOut).toMatchObject([{ reason: 'arrivals_out_of_order', requestsCount: 1 }]);
  });

  it('has nothing to find in a run in time, nor in one without requests', async () => {
    const inTime = await diagnosed({ requests: [requestRow(0)], chunks: chunksOf(0, 15) });
    expect(inTime).toMatchObject({ missedCount: 0, findings: [], episodes: [] });
    const empty = await diagnosed({ requests: [], chunks: [] });
    expect(empty).toMatchObject({ streamsCount: 0, fluidityIndex: undefined, findings: [] });
  });

  it('accounts for a run in which every deadline was missed', async () => {
    const chunks = Array.from({ length: 40 }, (_, seq) => [0, seq, (900 + 100 * seq) * MS, 1] as const);
    const { findings, missedCount, totalCount } = await diagnosed({ requests: [requestRow(0)], chunks });
    expect(missedCount).toBe(totalCount);
    expect(findings.reduce((sum, finding) => sum + finding.missedCount, 0)).toBeCloseTo(missedCount, 6);
  });

  it('says what was lost, each moment once, and tells it in JSON without a number that JSON has not', async () => {
    const loss = { source: 'http://engine/metrics', reason: 'timeout', count: 3 };
    const diagnosis = await diagnosed({
      requests: [requestRow(0)],
      chunks: chunksOf(0),
      losses: [
        { ...loss, fromNs: runNs(0), toNs: runNs(100) },
        { ...loss, fromNs: runNs(50), toNs: runNs(200), reason: 'refused' },
      ],
    });
    expect(diagnosis.lost).toEqual([
      { sourceId: 'http://engine/metrics', lossesCount: 2, lostNs: 200, reasons: ['timeout', 'refused'] },
    ]);
    expect(JSON.parse(JSON.stringify(diagnosisJson(diagnosis)))).toEqual(diagnosisJson(diagnosis));
  });
});
