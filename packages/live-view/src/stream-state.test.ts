import fc from 'fast-check';
import { expect, it } from 'vitest';
import { severityOf, STREAM_STATES, worstByRow } from './stream-state.js';

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
