import fc from 'fast-check';
import { expect, it } from 'vitest';
import { severityOf, STREAM_STATES, worstByRow } from './stream-state.js';

it('never hides the worst: each slot lies in a row at least as bad, each row is as bad as one of its slots', () => {
  const states = fc.array(fc.constantFrom(...STREAM_STATES), { maxLength: 64 });
  fc.assert(
    fc.property(
      states,
      fc.integer({ min: 1, max: 100 }),
      fc.integer({ min: 1, max: 80 }),
      (given, slots, rows) => {
        const severities = new Uint8Array(rows).fill(9);
        worstByRow(given.join(''), slots, severities);
        const shown = given.slice(0, slots).map(severityOf);
        expect(Math.max(0, ...severities)).toBe(Math.max(0, ...shown));
        shown.forEach((severity, slot) => {
          const first = Math.floor((slot * rows) / slots);
          expect(severities[first]).toBeGreaterThanOrEqual(severity);
        });
      },
    ),
  );
});
