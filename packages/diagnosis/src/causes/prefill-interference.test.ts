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

  it('is ruled out without a joining request, and where the tokens caught up', () => {
    for (const streams of [withJoining(false), withJoining(true, true)]) {
      const causes = diagnose(streams, DEADLINES).findings.map(({ cause }) => cause);
      expect(causes).not.toContain('prefill_interference');
    }
  });
});
