import fc from 'fast-check';
import { expect, it } from 'vitest';
import { assignSlots } from './slots.js';

const spans = fc
  .array(fc.record({ fromS: fc.integer({ min: 0, max: 100 }), length: fc.integer({ min: 1, max: 30 }) }))
  .map((rows) =>
    rows.map(({ fromS, length }) => ({ fromS, toS: fromS + length })).sort((a, b) => a.fromS - b.fromS),
  );

it('lets no two spans of a row overlap, and takes no row more than are open at once', () => {
  fc.assert(
    fc.property(spans, (each) => {
      const slots = assignSlots(each);
      each.forEach((a, i) => {
        each.slice(0, i).forEach((b, j) => {
          if (slots[i] === slots[j]) expect(b.toS).toBeLessThanOrEqual(a.fromS);
        });
      });
      const open = each.map(({ fromS }) => each.filter((b) => b.fromS <= fromS && fromS < b.toS).length);
      expect(Math.max(-1, ...slots) + 1).toBe(Math.max(0, ...open));
    }),
  );
});
