import { describe, expect, it } from 'vitest';
import { diagnose } from '../index.js';
import { DEADLINES, streamOf } from '../testing/streams.js';

/** Five streams; at 1,310 ms a sixth joins, for whose prompt of 8,000 tokens at 0.05 ms the others waited 400 ms. */
function withJoining(joins: boolean, delivery = false) {
  const decoding = Array.from({ length: 5 }, (_, index) =>
    streamOf(index, {
      tokens: 200,
      ttftMs: 100 + 5 * index,
      promptTokens: 2_000 + 100 * index,
      stallsMs: { [40 - index]: 400 },
      delivery,
    }),
  );
  const joining = streamOf(5, { tokens: 50, startMs: 850, ttftMs: 460, promptTokens: 8_000 });
  return joins ? [...decoding, joining] : decoding;
}

describe('prefill_interference', () => {
  it('is laid where a long prompt joined at the end of the stall and is worth it: to the others’ wait and to its own', () => {
    const findings = diagnose(withJoining(true), DEADLINES).findings;
    expect(findings.find(({ cause }) => cause === 'prefill_interference')).toMatchObject({
      episodesCount: 2,
    });
    expect(findings[0]?.evidence).toContain('8000 prompt tokens');
  });

  it('is ruled out where streams would have carried what the prompt usually costs: something made it cost more', () => {
    // At its 90th token a stream is 550 ms ahead, at its 60th 400 ms; 8,000 tokens are worth 507 ms.
    const causesFor = (token: number, stallMs: number): readonly string[] => {
      const decoding = Array.from({ length: 5 }, (_, index) =>
        streamOf(index, {
          tokens: 200,
          ttftMs: 100 + 5 * index,
          promptTokens: 2_000 + 100 * index,
          stallsMs: { [token - index]: stallMs },
        }),
      );
      const startMs = 50 + 20 * token;
      const ttftMs = 70 + stallMs;
      const joining = streamOf(5, { tokens: 50, startMs, ttftMs, promptTokens: 8_000 });
      // Another as long, by itself, had its first token after 400 ms.
      const usual = streamOf(6, { tokens: 2, ttftMs: 400, promptTokens: 8_000 });
      return diagnose([...decoding, joining, usual], DEADLINES)
        .episodes.filter(({ phase }) => phase === 'decode')
        .flatMap(({ verdict }) => verdict.claims.map(({ cause }) => cause));
    };
    expect(causesFor(90, 700)).toEqual([]);
    expect(causesFor(60, 700)).toEqual(['prefill_interference']);
  });

  it('is ruled out without a joining request, and where the tokens caught up', () => {
    for (const streams of [withJoining(false), withJoining(true, true)]) {
      const causes = diagnose(streams, DEADLINES).findings.map(({ cause }) => cause);
      expect(causes).not.toContain('prefill_interference');
    }
  });
});
