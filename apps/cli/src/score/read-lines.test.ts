import fc from 'fast-check';
import { expect, it } from 'vitest';
import { linesOf } from './read-lines.js';

it('gives the same lines however the bytes are parted', () => {
  const text = fc
    .array(fc.constantFrom('a', 'é', '🙂', '\n', '\r\n', '"'), { maxLength: 30 })
    .map((parts) => parts.join(''));
  fc.assert(
    fc.property(text, fc.array(fc.nat({ max: 60 }), { maxLength: 8 }), (whole, cuts) => {
      const bytes = Buffer.from(whole);
      const edges = [
        0,
        ...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b),
        bytes.length,
      ];
      const parts = edges.slice(1).map((edge, index) => bytes.subarray(edges[index], edge));
      const expected = whole.split('\n');
      if (expected.at(-1) === '') expected.pop();
      expect([...linesOf(parts)]).toEqual(expected);
    }),
  );
});
