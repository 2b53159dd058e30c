import { expect, it } from 'vitest';
import { createEngine } from './batching-engine.js';
import { resolveEngineConfig } from './engine-config.js';
import { engineNs } from './engine-time.js';
import { seededRandom } from './random.js';
import { simulate } from './simulate.js';
import {
  DisturbedHardware,
  hostCostPerSequence,
  launchedByKernel,
  pauseEverySteps,
  pauseOncePerShape,
  slowerSteps,
  type StepDisturbance,
} from './step-disturbance.js';
import { PLAIN_PROFILE } from './testing/plain-profile.js';

/** Durations of the iterations of `count` streams: each takes 1 ms + 10 µs a token undisturbed. */
function durationsNs(disturbance: StepDisturbance, count = 1, outputTokens = 7): number[] {
  const hardware = new DisturbedHardware();
  hardware.add(disturbance);
  const config = resolveEngineConfig(PLAIN_PROFILE);
  const engine = createEngine(PLAIN_PROFILE, config, seededRandom(1), hardware);
  const load = Array.from({ length: count }, () => ({
    request: { promptTokens: 1, outputTokens },
    atNs: engineNs(0),
  }));
  const durations: number[] = [];
  simulate(load, engine, ({ startNs, endNs }) => durations.push(endNs - startNs));
  return durations;
}

it('pauses before every n-th iteration', () => {
  const usual = 1_010_000;
  expect(durationsNs(pauseEverySteps(3, 5e6))).toEqual([
    usual,
    usual,
    usual + 5e6,
    usual,
    usual,
    usual + 5e6,
    usual,
  ]);
});

it('pauses once for each new batch shape', () => {
  const pause = pauseOncePerShape(5e6);
  expect(durationsNs(pause, 1, 2)).toEqual([6_010_000, 1_010_000]);
  expect(durationsNs(pause, 3, 1)).toEqual([6_030_000]);
  expect(durationsNs(pause, 4, 2)).toEqual([1_040_000, 1_040_000]);
});

it('launches decodes kernel by kernel where more run than any captured graph holds, and prompts never by graph', () => {
  const launches = launchedByKernel(3, 5e6);
  expect(durationsNs(launches, 3, 3)).toEqual([1_030_000, 1_030_000, 1_030_000]);
  expect(durationsNs(launches, 4, 3)).toEqual([1_040_000, 6_040_000, 6_040_000]);
});

it('costs the host its time for each sequence, and slows the work itself', () => {
  expect(durationsNs(hostCostPerSequence(100_000), 4, 1)).toEqual([1_440_000]);
  expect(durationsNs(slowerSteps(2, 300_000), 1, 1)).toEqual([2_320_000]);
});
