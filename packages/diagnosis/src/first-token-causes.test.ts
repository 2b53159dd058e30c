import { describe, expect, it } from 'vitest';
import { diagnose } from './index.js';
import { DEADLINES, streamOf } from './testing/streams.js';
import { serverWith } from './testing/telemetry.js';

/** Five streams that all stand still for 400 ms until a request with a long prompt has its first token; another one, sent meanwhile, waits as well. */
function storm({ absorbed }: { readonly absorbed: boolean }) {
  const decoding = Array.from({ length: 5 }, (_, index) =>
    streamOf(index, {
      tokens: 200,
      ttftMs: 100 + index,
      promptTokens: 2_000 + 100 * index,
      stallsMs: { [absorbed ? 120 : 40]: 400 },
      tbtMs: absorbed ? 5 : 20,
    }),
  );
  const stallEndMs = absorbed ? 1_100 : 1_300;
  const joining = streamOf(5, { tokens: 50, startMs: stallEndMs - 450, ttftMs: 450, promptTokens: 8_000 });
  const waiting = streamOf(6, { tokens: 50, startMs: stallEndMs - 380, ttftMs: 380, promptTokens: 10 });
  return [...decoding, joining, waiting];
}

function firstTokenClaims(streams: Parameters<typeof diagnose>[0], waitingCount = 0) {
  const telemetry = serverWith({ requests_waiting_count: () => waitingCount });
  return diagnose(streams, DEADLINES, telemetry)
    .episodes.filter(({ phase }) => phase === 'first_token')
    .flatMap(({ verdict }) => verdict.claims.map(({ cause }) => cause));
}

describe('lentSuspicions', () => {
  it('lays late first tokens to what held up the streams that decoded meanwhile, whether or not these missed a deadline', () => {
    expect(firstTokenClaims(storm({ absorbed: false }))).toEqual(['prefill_interference']);
    expect(firstTokenClaims(storm({ absorbed: true }))).toEqual(['prefill_interference']);
  });

  it('does not take the requests that wait meanwhile for a queue', () => {
    expect(firstTokenClaims(storm({ absorbed: false }), 3)).toEqual(['prefill_interference']);
  });

  it('lends nothing where the engine went on', () => {
    const steady = Array.from({ length: 5 }, (_, index) => streamOf(index, { tokens: 200 }));
    const late = streamOf(5, { tokens: 50, startMs: 850, ttftMs: 450 });
    expect(firstTokenClaims([...steady, late])).toEqual([]);
  });
});
