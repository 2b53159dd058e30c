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

it('keeps the last frames within its bounds, and says how many of those asked for are gone', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: -1, max: 45 }),
      fc.integer({ min: 1, max: 60 }),
      (framesCount, afterSeq, capChars) => {
        const history = new FrameHistory({ capCount: 10, capChars });
        for (let seq = 0; seq < framesCount; seq += 1) history.add(seq, String(seq).padStart(4));
        const { texts, missingCount } = history.after(afterSeq);
        expect(texts.length).toBeLessThanOrEqual(10);
        expect(history.chars).toBeLessThanOrEqual(Math.max(capChars, 4));
        const asked = Math.max(0, framesCount - 1 - afterSeq);
        if (afterSeq >= 0) expect(texts.length + missingCount).toBe(asked);
        if (texts.length > 0) expect(Number(texts.at(-1))).toBe(framesCount - 1);
      },
    ),
  );
});
