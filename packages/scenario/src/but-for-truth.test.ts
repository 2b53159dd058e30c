import { expect, it } from 'vitest';
import { butForTruth } from './but-for-truth.js';
import { parseScenario } from './parse-scenario.js';

/**
 * One stream without noise: its first token comes within 7 ms of its send, each other 5.8 ms after the one before (5.6 ms linear layers, 153 µs
 * base, under 10 µs for its context). At time t before any stall it has (t - 7 ms) / 5.8 ms tokens and owes the next
 * at 60 ms + 10 ms a token.
 */
const ONE_STREAM = `
name: one stream
duration: 500ms
deadlines: { ttft: 60ms, tbt: 10ms }
engine: { step_noise: 0 }
load: { arrivals: { kind: constant, rate: 1 }, prompt_tokens: 16, output_tokens: 150 }
`;

it('labels the misses of a pause with the pause', () => {
  const truth = butForTruth(
    parseScenario(`${ONE_STREAM}\nfaults: [{ kind: engine_pause, at: 200ms, pause: 500ms }]`),
    1,
  );
  // 33 tokens by 200 ms, so the next is due at 60 + 330 ms, and comes at 700 ms and what its step still needed: 31 or 32 deadlines late.
  expect(truth.misses).toHaveLength(1);
  const [miss] = truth.misses;
  expect(miss?.missedCount).toBeGreaterThanOrEqual(30);
  expect(miss?.missedCount).toBeLessThanOrEqual(33);
  expect(miss).toMatchObject({ effects: { engine_pause: 1 }, shares: { engine_pause: 1 }, baselineShare: 0 });
  expect(truth.whole.missedCount).toBe(miss?.missedCount);
  expect(truth.without).toEqual({ engine_pause: { missedCount: 0, totalCount: 150 } });
  expect(truth.withoutAll).toEqual({ missedCount: 0, totalCount: 150 });
});

it('gives no label to a fault that changes no deadline', () => {
  // Its 60 ms are less than the slack by then, and the power limit is far above what one stream draws.
  const harmless = `
faults:
  - { kind: engine_pause, at: 200ms, pause: 60ms }
  - { kind: power_limit, watts: 650 }`;
  expect(butForTruth(parseScenario(ONE_STREAM + harmless), 1)).toMatchObject({
    misses: [],
    whole: { missedCount: 0 },
  });
  const beside = `
faults:
  - { kind: engine_pause, at: 200ms, pause: 500ms }
  - { kind: power_limit, watts: 650 }
  - { kind: sensor_reads, metric: power_instant_mw, value: 900000 }`;
  const truth = butForTruth(parseScenario(ONE_STREAM + beside), 1);
  expect(truth.misses.map(({ effects }) => effects)).toEqual([{ engine_pause: 1 }]);
});

it('labels both of two pauses that only together cost a deadline, half each', () => {
  // By 200 ms the slack is about 190 ms: either pause fits into it, both do not.
  const both = `
faults:
  - { kind: engine_pause, id: first, at: 200ms, pause: 130ms }
  - { kind: engine_pause, id: second, at: 340ms, pause: 130ms }`;
  const truth = butForTruth(parseScenario(ONE_STREAM + both), 1);
  expect(truth.misses).toHaveLength(1);
  expect(truth.misses[0]).toMatchObject({
    effects: { first: 1, second: 1 },
    shares: { first: 0.5, second: 0.5 },
    baselineShare: 0,
  });
});

it('calls baseline what remains with all faults removed', () => {
  const slow = ONE_STREAM.replace('tbt: 10ms', 'tbt: 5ms').replace('ttft: 60ms', 'ttft: 8ms');
  const truth = butForTruth(
    parseScenario(`${slow}\nfaults: [{ kind: engine_pause, at: 400ms, pause: 100ms }]`),
    1,
  );
  const before = truth.misses.filter(({ arrivalNs }) => arrivalNs < 400e6);
  expect(before.length).toBeGreaterThan(10);
  for (const { effects, shares, baselineShare } of before)
    expect({ effects, shares, baselineShare }).toEqual({ effects: {}, shares: {}, baselineShare: 1 });
  const stalled = truth.misses.find(({ missedCount }) => missedCount > 10);
  expect(stalled?.effects['engine_pause']).toBeGreaterThan(0.9);
});

it('is the same for the same seed, and replays change nothing but the fault', () => {
  const noisy = parseScenario(`
name: noisy
duration: 3s
deadlines: { ttft: 200ms, tbt: 9ms }
replicas: 2
load: { arrivals: { kind: poisson, rate: 8 }, prompt_tokens: uniform:50-400, output_tokens: uniform:50-150 }
faults:
  - { kind: engine_pause, replica: 0, at: 1s, every: 700ms, pause: 200ms }
  - { kind: packet_loss, replica: 1, ratio: 0.002 }`);
  const truth = butForTruth(noisy, 5);
  expect(butForTruth(noisy, 5)).toEqual(truth);
  // Each replica has one fault alone, so no miss has both, and the shares of a miss are its effects.
  for (const { effects } of truth.misses) expect(Object.keys(effects).length).toBeLessThanOrEqual(1);
  const missedBy = (id: string) => truth.whole.missedCount - (truth.without[id]?.missedCount ?? 0);
  expect(missedBy('engine_pause') + missedBy('packet_loss')).toBe(
    truth.whole.missedCount - truth.withoutAll.missedCount,
  );
});
