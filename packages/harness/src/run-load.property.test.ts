import fc from 'fast-check';
import { expect, it } from 'vitest';
import { durationNs } from '@fluidscope/units';
import { planOf } from './testing/planned-requests.js';
import { MS, VirtualRun } from './testing/virtual-run.js';

const LEAD_NS = 2 * MS;

const loads = fc.record({
  gapsMs: fc.array(fc.nat(40), { minLength: 1, maxLength: 60 }),
  servicesMs: fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 7 }),
  durationMs: fc.option(fc.integer({ min: 1, max: 800 }), { nil: undefined }),
  maxInFlightCount: fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }),
  drainMs: fc.nat(200),
});

it('records each request that was due exactly once, never early, never above the cap, whatever the load', async () => {
  await fc.assert(
    fc.asyncProperty(loads, async ({ gapsMs, servicesMs, durationMs, maxInFlightCount, drainMs }) => {
      let offsetNs = 0;
      const offsetsNs = gapsMs.map((gapMs) => (offsetNs += gapMs * MS));
      const run = new VirtualRun(
        planOf(offsetsNs),
        (_, index) => ({ endsAfterNs: (servicesMs[index % servicesMs.length] ?? 1) * MS }),
        {
          settings: {
            maxInFlightCount,
            durationNs: durationMs === undefined ? undefined : durationNs(durationMs * MS),
            drainLimitNs: durationNs(drainMs * MS),
          },
        },
      );
      const result = await run.toEnd();

      const due = offsetsNs.filter((ns) => durationMs === undefined || ns < durationMs * MS);
      expect(run.rows.starts.map(({ requestIndex }) => requestIndex)).toEqual(due.map((_, index) => index));
      expect(run.rows.starts.map(({ intendedNs }) => intendedNs)).toEqual(due.map((ns) => ns + LEAD_NS));
      expect(run.rows.ends.map(({ requestIndex }) => requestIndex).sort((a, b) => a - b)).toEqual(
        due.map((_, index) => index),
      );
      for (const { intendedNs, sentNs } of run.rows.starts) {
        if (sentNs !== undefined) expect(sentNs).toBeGreaterThanOrEqual(intendedNs);
        if (maxInFlightCount === undefined) expect(sentNs).toBe(intendedNs);
      }
      const { okCount, cancelledCount, sentCount, neverSentCount } = result.counts;
      expect([okCount + cancelledCount, sentCount + neverSentCount]).toEqual([due.length, due.length]);
      expect(mostInFlightCount(run)).toBeLessThanOrEqual(maxInFlightCount ?? Infinity);
      expect(run.time.pendingCount).toBe(0);
    }),
    { numRuns: 60 },
  );
});

function mostInFlightCount({ rows }: VirtualRun): number {
  const steps = rows.ends.map(({ endedNs }) => ({ atNs: endedNs, change: -1 }));
  for (const { sentNs } of rows.starts) if (sentNs !== undefined) steps.push({ atNs: sentNs, change: 1 });
  const sentOnly = new Set(
    rows.starts.filter(({ sentNs }) => sentNs === undefined).map((row) => row.requestIndex),
  );
  for (const { requestIndex, endedNs } of rows.ends)
    if (sentOnly.has(requestIndex)) steps.push({ atNs: endedNs, change: 1 });
  steps.sort((a, b) => a.atNs - b.atNs || a.change - b.change);
  let inFlightCount = 0;
  return steps.reduce((most, { change }) => Math.max(most, (inFlightCount += change)), 0);
}
