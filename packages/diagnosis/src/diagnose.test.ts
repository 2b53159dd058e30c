import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { diagnose } from './index.js';
import { DEADLINES, MS, streamOf, type StreamShape } from './testing/streams.js';

/** Streams of 100 tokens, 20 ms apart; the first token's slack of 100 ms is used up by a first stall of 100 ms at token 5. */
function streamsOf(count: number, shape: (index: number) => Partial<StreamShape>) {
  return Array.from({ length: count }, (_, index) => streamOf(index, { tokens: 100, ...shape(index) }));
}

describe('diagnose', () => {
  it('has nothing to say of a run in time', () => {
    const { fluidityIndex, episodes, findings } = diagnose(
      streamsOf(3, () => ({})),
      DEADLINES,
    );
    expect({ fluidityIndex, episodes, findings }).toEqual({ fluidityIndex: 1, episodes: [], findings: [] });
  });

  it('is undefined where no request was measured', () => {
    expect(diagnose([], DEADLINES)).toMatchObject({
      fluidityIndex: undefined,
      totalCount: 0,
      episodes: [],
      findings: [],
    });
  });

  it('sees a stall of all streams as one episode of the engine, and what the run would have been without', () => {
    const diagnosis = diagnose(
      streamsOf(8, () => ({ stallsMs: { 50: 1_000 } })),
      DEADLINES,
    );
    expect(diagnosis.episodes).toMatchObject([
      {
        phase: 'decode',
        scope: 'engine',
        scopeRatio: 1,
        catchUpRatio: 0,
        decodingStreamsCount: 8,
        startNs: expect.closeTo(1_100 * MS, -3) as number,
        endNs: 2_100 * MS,
      },
    ]);
    expect(diagnosis.episodes[0]?.missedCount).toBeCloseTo(diagnosis.missedCount, 6);
    expect(diagnosis.findings).toMatchObject([
      {
        cause: 'unknown',
        episodesCount: 1,
        missedRatio: expect.closeTo(1, 6) as number,
        fluidityIndexWithout: 1,
      },
    ]);
  });

  it('sees a stall of one stream of several as that request’s', () => {
    const streams = streamsOf(8, (index) => (index === 3 ? { stallsMs: { 50: 1_000 } } : {}));
    expect(diagnose(streams, DEADLINES).episodes).toMatchObject([{ scope: 'request', scopeRatio: 1 / 8 }]);
  });

  it('has no scope to tell where one stream was alone', () => {
    expect(
      diagnose(
        streamsOf(1, () => ({ stallsMs: { 50: 1_000 } })),
        DEADLINES,
      ).episodes,
    ).toMatchObject([{ scope: undefined, scopeRatio: 1 }]);
  });

  it('counts streams that stalled within their slack to the scope, without a miss', () => {
    const streams = streamsOf(4, (index) => ({
      ttftMs: index === 0 ? 195 : 60,
      startMs: index === 0 ? -135 : 0,
      stallsMs: { 50: 300 },
    }));
    const [episode] = diagnose(streams, DEADLINES).episodes;
    expect(episode).toMatchObject({ scope: 'engine', scopeRatio: 1 });
    expect(new Set(episode?.stalls.map(({ stream }) => stream)).size).toBe(1);
  });

  it('tells late delivery by its catch-up, and takes the burst back when it replays', () => {
    const streams = streamsOf(4, () => ({ tokens: 200, stallsMs: { 50: 1_000 }, delivery: true }));
    const { episodes, findings } = diagnose(streams, DEADLINES);
    expect(episodes).toMatchObject([{ scope: 'engine', catchUpRatio: 1 }]);
    expect(findings).toMatchObject([{ fluidityIndexWithout: 1 }]);
  });

  it('blames a miss also on the earlier stall that had spent the slack', () => {
    // Slack grows by 5 ms a token: 100 + 10 * 5 = 150 ms before token 10; the first stall leaves 30 ms, 50 ms before the second, which misses.
    const [episodeA, episodeB] = diagnose(
      streamsOf(1, () => ({ stallsMs: { 10: 120, 14: 80 } })),
      DEADLINES,
    ).episodes;
    const shares = [episodeA?.missedCount ?? 0, episodeB?.missedCount ?? 0];
    expect(shares.map((share) => share / (shares[0]! + shares[1]!))).toEqual([
      expect.closeTo(0.6, 6),
      expect.closeTo(0.4, 6),
    ]);
  });

  it('blames a late first token on its wait', () => {
    expect(
      diagnose(
        streamsOf(2, () => ({ ttftMs: 900 })),
        DEADLINES,
      ).episodes,
    ).toMatchObject([
      { phase: 'first_token', scope: undefined, catchUpRatio: undefined, startNs: 200 * MS, endNs: 900 * MS },
    ]);
  });

  it('says that an engine slower than the deadline has no stall to mend', () => {
    const { episodes, findings } = diagnose(
      streamsOf(4, () => ({ tbtMs: 30 })),
      DEADLINES,
    );
    expect(episodes).toEqual([]);
    expect(findings).toMatchObject([
      {
        cause: 'baseline_slower_than_deadline',
        kind: 'slow_throughout',
        missedRatio: 1,
        evidence: 'the usual gap is 30.0 ms, the deadline 25.0 ms',
      },
    ]);
  });

  it('blames the client where its own stamps explain the delay', () => {
    const streams = streamsOf(4, () => ({
      stallsMs: { 50: 900 },
      delivery: true,
      errorMs: (token) => (token === 50 ? 895 : 0),
    }));
    const { findings } = diagnose(streams, DEADLINES);
    expect(findings.map(({ cause }) => cause)).toEqual(['client_lag']);
    expect(findings[0]?.confidence).toBeGreaterThan(0.9);
  });

  it('blames the client for a request that it sent late', () => {
    const [finding] = diagnose(
      streamsOf(2, () => ({ ttftMs: 900, sentLateMs: 850 })),
      DEADLINES,
    ).findings;
    expect(finding?.cause).toBe('client_lag');
  });

  it('judges no window in which the client may be off by more than a quarter of the deadline', () => {
    const streams = streamsOf(4, () => ({ stallsMs: { 50: 900 }, errorMs: () => 10 }));
    expect(diagnose(streams, DEADLINES)).toMatchObject({
      episodes: [{ verdict: { claims: [], masked: true } }],
      findings: [
        {
          cause: 'unknown',
          maskedMissedCount: expect.closeTo(diagnose(streams, DEADLINES).missedCount, 6) as number,
        },
      ],
    });
  });

  // Streams of one engine share its pace. With a usual gap near the deadline or above it a burst after a stall is early, and without both the run is worse.
  it('accounts for every missed deadline, and makes no run worse by taking stalls away', () => {
    const tbt = fc.integer({ min: 1, max: 20 });
    const shape = fc.record({
      tokens: fc.integer({ min: 1, max: 150 }),
      startMs: fc.integer({ min: 0, max: 500 }),
      ttftMs: fc.integer({ min: 0, max: 600 }),
      stallsMs: fc.dictionary(
        fc.integer({ min: 0, max: 149 }).map(String),
        fc.integer({ min: 1, max: 900 }),
        { maxKeys: 6 },
      ),
      delivery: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(shape, { minLength: 1, maxLength: 6 }), tbt, (shapes, tbtMs) => {
        const diagnosis = diagnose(
          shapes.map((one, index) => streamOf(index, { ...one, tbtMs })),
          DEADLINES,
        );
        const blamed = diagnosis.findings.reduce((sum, { missedCount }) => sum + missedCount, 0);
        expect(blamed).toBeCloseTo(diagnosis.missedCount, 4);
        for (const { fluidityIndexWithout } of diagnosis.findings) {
          if (fluidityIndexWithout !== undefined)
            expect(fluidityIndexWithout).toBeGreaterThanOrEqual((diagnosis.fluidityIndex ?? 1) - 1e-9);
        }
      }),
      { numRuns: 150 },
    );
  });
});
