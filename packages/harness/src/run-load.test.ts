import { expect, it } from 'vitest';
import { planOf } from './testing/planned-requests.js';
import { MS, VirtualRun } from './testing/virtual-run.js';

const LEAD_MS = 2;

it('sends on the absolute schedule, however slow the answers are', async () => {
  const run = new VirtualRun(planOf([0, 10 * MS, 15 * MS, 15 * MS, 400 * MS]), () => ({
    endsAfterNs: 5_000 * MS,
  }));
  const result = await run.toEnd();
  expect(run.sentAtMs).toEqual([0, 10, 15, 15, 400].map((ms) => ms + LEAD_MS));
  expect(result).toMatchObject({
    stopReason: 'finished',
    failure: undefined,
    counts: { sentCount: 5, okCount: 5, maxLatenessNs: 0 },
    warnings: [],
  });
});
