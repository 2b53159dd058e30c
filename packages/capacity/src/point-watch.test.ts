import { expect, it } from 'vitest';
import { PointWatch } from './point-watch.js';

const TERMS = [{ name: 'p95_ttft<=1s', targetRatio: 0.95 }];
const PLANNED = { load: 10, seedIndex: 0, requestCount: 1_000, purpose: 'bracket' } as const;
const GAP_NS = 1e8;

/** Requests every tenth of a second, of which one ends every `endGapNs`. */
function watched({
  endGapNs,
  isGood,
  planned = PLANNED,
}: {
  endGapNs: number;
  isGood: boolean;
  planned?: ConstructorParameters<typeof PointWatch>[0];
}): PointWatch {
  const watch = new PointWatch(planned, TERMS, true);
  let sentCount = 0;
  for (let ended = 0; ended < 600; ended++) {
    const endedNs = 1e9 + ended * endGapNs;
    for (; sentCount * GAP_NS <= endedNs; sentCount++) watch.sent(sentCount * GAP_NS);
    const counts = [{ goodCount: isGood ? 1 : 0, totalCount: 1 }];
    watch.ended({ intendedNs: ended * GAP_NS, endedNs, counts }, endedNs);
  }
  return watch;
}

it('stops a run that falls behind by what is in flight, however good its requests are', () => {
  expect(watched({ endGapNs: 4 * GAP_NS, isGood: true }).stop).toBe('saturation');
});

it('stops a run that is certain, either way', () => {
  expect(watched({ endGapNs: GAP_NS, isGood: true }).stop).toBe('certainty');
  expect(watched({ endGapNs: GAP_NS, isGood: false }).stop).toBe('certainty');
});

it('never stops a run that is evidence', () => {
  const planned = { ...PLANNED, purpose: 'refine' } as const;
  expect(watched({ endGapNs: 4 * GAP_NS, isGood: false, planned }).stop).toBeUndefined();
});
