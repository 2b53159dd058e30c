import { expect, it } from 'vitest';
import { Confusion } from './confusion.js';
import { judgeTier } from './judge-run.js';
import type { Label } from './labels.js';
import { isFalseAlarm } from './quality.js';
import type { Tier } from './run-spec.js';
import { computeTruth } from './run-truth.js';

async function judged(scenario: string, tier: Tier = 'all') {
  const spec = { scenario, family: 'chat', seed: 1, tiers: [tier] };
  return judgeTier(spec, tier, (run) => computeTruth(run, spec.seed));
}

/** Far below what is reached: a change that only makes a cause a little harder to tell does not fail here, one that loses it does. */
const LEAST_RIGHT_RATIO = 0.6;

it.each<[string, Label]>([
  ['f01-prompt-storm', 'prefill_interference'],
  ['f04-power-limit', 'power_cap'],
  ['f06-pause-by-steps', 'runtime_gc'],
  ['f11-packets-lost', 'packet_loss'],
  ['f14-client-blocked', 'client_lag'],
  ['f21-queue', 'queueing'],
  ['n08-outside-the-catalogue', 'unknown'],
])('%s is laid to %s', async (scenario, cause) => {
  const confusion = Confusion.of((await judged(scenario)).confusion);
  expect(confusion.weight(cause, cause) / confusion.ofTruth(cause)).toBeGreaterThan(LEAST_RIGHT_RATIO);
});

it('lays nothing to a fault where there is none', async () => {
  const { confusion, missedCount } = await judged('n10b-nothing-but-late');
  expect(missedCount).toBeGreaterThan(0);
  const wrong = confusion.filter(([, claimed]) => isFalseAlarm(claimed));
  expect(wrong.reduce((sum, [, , weight]) => sum + weight, 0) / missedCount).toBeLessThan(0.1);
});

it('does not name a power limit that nobody could see', async () => {
  const { confusion } = await judged('f04-power-limit', 'no-gpu-agent');
  expect(confusion.filter(([, claimed]) => claimed === 'power_cap')).toEqual([]);
});
