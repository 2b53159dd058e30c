import { describe, expect, it } from 'vitest';
import { diagnose } from '../index.js';
import { machineOf } from '../testing/machines.js';
import { DEADLINES, streamOf } from '../testing/streams.js';

const IDLE_UNTIL_MS = 5_000;
/** Some while the GPU is warm, and one after idleness, whose first token takes 700 ms. */
const STREAMS = [
  ...[0, 200, 400].map((startMs, index) => streamOf(index, { tokens: 150, startMs })),
  streamOf(3, { tokens: 150, startMs: IDLE_UNTIL_MS, ttftMs: 700 }),
];

function causes(clockMhz: (ms: number) => number) {
  const telemetry = machineOf({
    gpus: [
      {
        sm_clock_mhz: clockMhz,
        clocks_event_reasons_mask: (ms) => (ms > 3_600 && ms <= IDLE_UNTIL_MS ? 1 : 0),
      },
    ],
  });
  return diagnose(STREAMS, DEADLINES, telemetry).findings.map(({ cause }) => cause);
}

describe('clock_ramp', () => {
  it('is laid where the first token after idleness waited for the clock', () => {
    expect(
      causes((ms) =>
        ms <= 3_600 ? 1_980 : ms <= IDLE_UNTIL_MS ? 345 : Math.min(1_980, 345 + (ms - IDLE_UNTIL_MS)),
      ),
    ).toEqual(['clock_ramp']);
  });

  it('is ruled out by a clock that stood high when work came', () => {
    expect(causes((ms) => (ms > 3_600 && ms <= IDLE_UNTIL_MS ? 345 : 1_980))).toEqual(['unknown']);
  });
});
