import { describe, expect, it } from 'vitest';
import { diagnose } from '../index.js';
import { DEADLINES, streamOf } from '../testing/streams.js';
import { serverWith } from '../testing/telemetry.js';

const LATE = [streamOf(0, { tokens: 50, ttftMs: 900 })];

describe('queueing', () => {
  it('is laid where requests waited at the server before a late first token', () => {
    const telemetry = serverWith({ requests_waiting_count: (ms) => (ms < 600 ? 7 : 0) });
    const [finding] = diagnose(LATE, DEADLINES, telemetry).findings;
    expect(finding).toMatchObject({
      cause: 'queueing',
      sourceIds: ['http://engine/metrics'],
      confidence: expect.closeTo(0.94, 2),
    });
    expect(finding?.evidence).toContain('7 requests waited');
  });

  it('is ruled out where none waited, and unknown where nobody looked', () => {
    for (const telemetry of [serverWith({ requests_waiting_count: () => 0 }), serverWith({})]) {
      expect(diagnose(LATE, DEADLINES, telemetry).findings).toMatchObject([{ cause: 'unknown' }]);
    }
  });

  it('says nothing of a stall between tokens', () => {
    const stalled = [streamOf(0, { tokens: 50, stallsMs: { 30: 900 } })];
    const telemetry = serverWith({ requests_waiting_count: () => 7 });
    expect(diagnose(stalled, DEADLINES, telemetry).findings).toMatchObject([{ cause: 'unknown' }]);
  });

  it('is named among what could not be judged without the server’s metrics', () => {
    expect(diagnose(LATE, DEADLINES).notJudged).toContainEqual({ cause: 'queueing', missing: ['server'] });
  });
});
