import fc from 'fast-check';
import { expect, it } from 'vitest';
import { FrameCredit } from './frame-credit.js';
import { FrameHistory } from './frame-history.js';

it('never has more frames on the way than its credit, and counts each that it leaves out', () => {
  const step = fc.oneof(fc.constant('frame' as const), fc.integer({ min: -3, max: 60 }));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const credit = new FrameCredit(3);
      let seq = 0;
      let sent: number[] = [];
      let droppedCount = 0;
      for (const each of steps) {
        if (each === 'frame') {
          if (credit.take(seq)) sent.push(seq);
          else droppedCount += 1;
          seq += 1;
        } else {
          credit.acknowledge(each);
          sent = sent.filter((under) => under > each);
        }
        expect(sent.length).toBeLessThanOrEqual(3);
        expect(credit.droppedCount).toBe(droppedCount);
      }
    }),
  );
});

it('keeps the last frames within its bounds, and gives those after any of them', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: -1, max: 45 }),
      fc.integer({ min: 4, max: 60 }),
      fc.integer({ min: 1, max: 12 }),
      (framesCount, afterSeq, capChars, askedCount) => {
        const history = new FrameHistory({ capCount: 10, capChars });
        for (let seq = 0; seq < framesCount; seq += 1) history.add(seq, String(seq).padStart(4));
        expect(history.chars).toBeLessThanOrEqual(capChars);
        const keptCount = Math.min(framesCount, 10, Math.floor(capChars / 4));
        const givenCount = Math.min(keptCount, askedCount, Math.max(0, framesCount - 1 - afterSeq));
        expect(history.after(afterSeq, askedCount).map(Number)).toEqual(
          Array.from({ length: givenCount }, (_, at) => framesCount - givenCount + at),
        );
      },
    ),
  );
});
