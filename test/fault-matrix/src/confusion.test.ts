import { expect, it } from 'vitest';
import { Confusion } from './confusion.js';
import { causeFigures, macroF1 } from './figures.js';
import { asVisible } from './hidden-causes.js';
import type { Label, Shares } from './labels.js';

const shares = (entries: Partial<Record<Label, number>>): Shares =>
  new Map(Object.entries(entries) as [Label, number][]);

it('counts what agrees as right and spreads the rest of the truth over the rest of the claims', () => {
  const confusion = new Confusion();
  confusion.addMiss(
    shares({ runtime_gc: 0.6, packet_loss: 0.4 }),
    shares({ runtime_gc: 0.2, queueing: 0.2, unknown: 0.6 }),
    10,
  );
  expect(confusion.weight('runtime_gc', 'runtime_gc')).toBeCloseTo(2);
  expect(confusion.weight('runtime_gc', 'unknown')).toBeCloseTo(3);
  expect(confusion.weight('packet_loss', 'queueing')).toBeCloseTo(1);
  expect(confusion.total).toBeCloseTo(10);
});

it('takes any cause of load for what no fault is behind, and nothing else', () => {
  const confusion = new Confusion();
  confusion.addMiss(shares({ load: 1 }), shares({ prefill_interference: 0.5, power_cap: 0.5 }), 2);
  expect(confusion.weight('load', 'load')).toBeCloseTo(1);
  expect(confusion.weight('load', 'power_cap')).toBeCloseTo(1);
});

it('gives precision, recall and F1 of each cause', () => {
  const confusion = Confusion.of([
    ['runtime_gc', 'runtime_gc', 6],
    ['runtime_gc', 'unknown', 2],
    ['packet_loss', 'runtime_gc', 2],
  ]);
  const figures = causeFigures(confusion);
  expect(figures[0]).toEqual({
    cause: 'runtime_gc',
    weight: 8,
    precisionRatio: 0.75,
    recallRatio: 0.75,
    f1Ratio: 0.75,
  });
  expect(macroF1(figures)).toBeCloseTo(0.375);
});

it('holds unknown for right where nothing can show the cause, and a wrong name for wrong', () => {
  expect(
    asVisible(
      [
        ['power_cap', 'unknown', 1],
        ['power_cap', 'runtime_gc', 2],
      ],
      'no-gpu-agent',
    ),
  ).toEqual([
    ['unknown', 'unknown', 1],
    ['unknown', 'runtime_gc', 2],
  ]);
});
