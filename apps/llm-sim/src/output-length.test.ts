import { expect, it } from 'vitest';
import { drawOutputLength } from './output-length.js';

function draw(fields: Partial<Parameters<typeof drawOutputLength>[1]> = {}, seed = 0) {
  return drawOutputLength(seed, {
    drawKey: 'a',
    ignoreEos: false,
    minTokens: 0,
    limitTokens: 10_000,
    ...fields,
  });
}

it('draws lengths with the stated median and spread', () => {
  const tokens = Array.from({ length: 4_000 }, (_, k) => draw({ drawKey: String(k) }).outputTokens).sort(
    (a, b) => a - b,
  );
  const at = (share: number) => tokens[Math.floor(share * tokens.length)] ?? NaN;
  expect(at(0.5)).toBeGreaterThan(118);
  expect(at(0.5)).toBeLessThan(138);
  expect(at(0.9) / at(0.5)).toBeGreaterThan(2.8);
  expect(at(0.9) / at(0.5)).toBeLessThan(3.6);
});

it('ends by itself below the limit and is cut at it', () => {
  expect(draw()).toMatchObject({ finishReason: 'stop' });
  expect(draw({ limitTokens: 1 })).toEqual({ outputTokens: 1, finishReason: 'length' });
  expect(draw({ ignoreEos: true, limitTokens: 7 })).toEqual({ outputTokens: 7, finishReason: 'length' });
});

it('keeps to the minimum', () => {
  expect(draw({ minTokens: 9_000 })).toEqual({ outputTokens: 9_000, finishReason: 'stop' });
});
