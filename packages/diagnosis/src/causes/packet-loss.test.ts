import { expect, it } from 'vitest';
import { BatchTimeline } from '../batch-timeline.js';
import { findEpisodes } from '../episodes.js';
import { expectedGaps } from '../expected-gaps.js';
import { StallsByEnd } from '../stalls-by-end.js';
import { blameStalls } from '../stalls.js';
import { DEADLINES, MS, streamOf } from '../testing/streams.js';
import { NO_TELEMETRY } from '../telemetry/telemetry.js';
import type { TokenStream } from '../token-stream.js';
import type { DiagnosisContext } from './cause-rule.js';
import { PACKET_LOSS } from './packet-loss.js';

const USUAL_GAP = { medianNs: 20 * MS, limitNs: 23 * MS };

/** How often the rule looks at a stream's times, of so many that all had their first token late and then a stall each. */
function readsFor(streamsCount: number): number {
  let reads = 0;
  const streams = Array.from({ length: streamsCount }, (_, index): TokenStream => {
    const plain = streamOf(index, { tokens: 40, startMs: 7 * index, ttftMs: 500, stallsMs: { 20: 900 } });
    return {
      ...plain,
      get timings() {
        reads += 1;
        return plain.timings;
      },
    };
  });
  const stalls = streams.flatMap(
    (stream) => blameStalls(stream, expectedGaps(stream, USUAL_GAP, undefined), DEADLINES).stalls,
  );
  const context: DiagnosisContext = {
    streams,
    deadlines: DEADLINES,
    usualGap: USUAL_GAP,
    batch: new BatchTimeline(streams),
    prefillNsPerToken: undefined,
    stepNsPerToken: undefined,
    silences: [],
    stalls,
    decodeStalls: new StallsByEnd(stalls.filter(({ phase }) => phase === 'decode')),
    bins: { fromNs: 0, binNs: 50 * MS, count: 100 },
    telemetry: NO_TELEMETRY,
  };
  const episodes = findEpisodes([streams], stalls, USUAL_GAP.medianNs);
  reads = 0;
  for (const episode of episodes) PACKET_LOSS.judge(episode, context);
  return reads;
}

it('looks at twice as much for twice as many streams that are late', () => {
  expect(readsFor(100)).toBeGreaterThan(0);
  expect(readsFor(400)).toBeLessThan(5 * readsFor(100));
});
