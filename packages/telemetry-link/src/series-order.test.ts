import fc from 'fast-check';
import { expect, it } from 'vitest';
import { encodeFrame } from './frame/encode-frame.js';
import { pickRows } from './sample-columns.js';
import { orderBySeries } from './series-order.js';
import { columnsOfRows, sampleRow } from './testing/sample-rows.js';

/** Few series, so that most have several rows. */
const anyRow = fc
  .record({
    gpuIndex: fc.nat(2),
    metricId: fc.integer({ min: 1, max: 3 }),
    subId: fc.constantFrom(0, 1, 70_000),
    beforeNs: fc.nat(1e9),
    value: fc.nat(100),
    flags: fc.nat(15),
  })
  .map(sampleRow);

it('gives the same order, and the same frame, whether rows come mixed or already by series', () => {
  fc.assert(
    fc.property(fc.array(anyRow, { minLength: 1, maxLength: 60 }), (rows) => {
      const mixed = columnsOfRows(rows);
      const order = orderBySeries(mixed);
      const grouped = pickRows(mixed, order.rows);
      const again = orderBySeries(grouped);
      expect([...again.rows]).toEqual([...grouped.gpuIndex.keys()]);
      expect([...again.counts]).toEqual([...order.counts]);
      expect(again.seriesCount).toBe(order.seriesCount);
      // A frame's times count from its first row, which may be another one.
      const frameOf = (columns: typeof mixed) => encodeFrame({ seq: 3, coversFrom: 3, columns }, 0n);
      if (order.rows[0] === 0) expect(frameOf(grouped)).toEqual(frameOf(mixed));
    }),
  );
});
