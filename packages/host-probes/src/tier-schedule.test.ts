import { expect, it } from 'vitest';
import { TierSchedule } from './tier-schedule.js';

const MS = 1_000_000n;
const rates = { pulse: 50, counters: 20, gauges: 10 };

it('keeps its slots however late a round is', () => {
  const schedule = new TierSchedule(0n, rates);
  expect(schedule.takeDue(0n).map(({ tier }) => tier)).toEqual(['pulse', 'counters', 'gauges']);
  expect(schedule.nextDueNs).toBe(20n * MS);
  expect(schedule.takeDue(23n * MS)).toEqual([{ tier: 'pulse', latenessNs: 3n * MS, missedCount: 0 }]);
  expect(schedule.nextDueNs).toBe(40n * MS);
});

it('counts slots that passed, and reads once for all of them', () => {
  const schedule = new TierSchedule(0n, rates);
  schedule.takeDue(0n);
  expect(schedule.takeDue(101n * MS)).toEqual([
    { tier: 'pulse', latenessNs: 81n * MS, missedCount: 4 },
    { tier: 'counters', latenessNs: 51n * MS, missedCount: 1 },
    { tier: 'gauges', latenessNs: 1n * MS, missedCount: 0 },
  ]);
  expect(schedule.nextDueNs).toBe(120n * MS);
});
