import fc from 'fast-check';
import { expect, it } from 'vitest';
import { putSeverities, severityOf, STREAM_STATES, worstByRow } from './stream-state.js';

it('never hides the worst: each slot lies in a row at least as bad, each row is as bad as one of its slots', () => {
  const slots = fc.array(fc.constantFrom(...STREAM_STATES), { minLength: 1, maxLength: 64 });
  fc.assert(
    fc.property(slots, fc.integer({ min: 1, max: 80 }), (states, rowsCount) => {
      const severities = Uint8Array.from(states, severityOf);
      const rows = new Uint8Array(rowsCount).fill(9);
      worstByRow(severities, rows);
      expect(Math.max(...rows)).toBe(Math.max(...severities));
      severities.forEach((severity, slot) => {
        const first = Math.floor((slot * rowsCount) / severities.length);
        expect(rows[first]).toBeGreaterThanOrEqual(severity);
      });
      for (const severity of rows) if (severity > 0) expect(severities).toContain(severity);
    }),
  );
});

it('puts the severity of each letter, and of no stream where there is none', () => {
  const severities = new Uint8Array(STREAM_STATES.length + 3).fill(9);
  putSeverities(`${STREAM_STATES.join('')}?\u2026`, severities);
  expect([...severities]).toEqual([...STREAM_STATES.map(severityOf), 0, 0, 0]);
  putSeverities('xxxx', severities.subarray(0, 2));
  expect([...severities.subarray(0, 3)]).toEqual([7, 7, severityOf('t')]);
});
