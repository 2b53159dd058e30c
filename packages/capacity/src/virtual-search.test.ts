import { expect, it } from 'vitest';
import { trueCapacity, searchVirtual } from '../bench/virtual-search.mjs';
import { SLOS } from '../bench/virtual-server.mjs';

// A slice of the proof in docs/capacity.md: `npm run bench -- capacity` is the whole of it.
it(
  'finds the capacity of a simulated engine that is known from long virtual runs',
  { timeout: 120_000 },
  () => {
    const terms = SLOS['ttft'] ?? [];
    const truth = trueCapacity(terms, 29, 40_000);
    const found = [1, 2, 3].flatMap((seed) => {
      const { answer } = searchVirtual(terms, seed, { precisionRatio: 0.06 });
      return answer.kind === 'found' ? [answer] : [];
    });
    expect(found).toHaveLength(3);
    for (const { load } of found) expect(Math.abs(load / truth - 1)).toBeLessThan(0.08);
    const covering = found.filter(
      ({ lowLoad, highLoad }) => lowLoad <= 1.02 * truth && truth <= 1.02 * highLoad,
    );
    expect(covering.length).toBeGreaterThanOrEqual(2);
  },
);
