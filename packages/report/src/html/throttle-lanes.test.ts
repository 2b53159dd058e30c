import { expect, it } from 'vitest';
import { unpackNumbers } from '../page-data/packed-numbers.js';
import { mergeClose, throttleLanes } from './throttle-lanes.js';

const MS = 1e6;

function masks(values: readonly number[], timesMs: readonly number[] = values.map((_, index) => index * 10)) {
  return {
    agentId: 'a',
    gpuUuid: 'GPU-0',
    metric: 'clocks_event_reasons_mask',
    subId: 0,
    timeNs: Float64Array.from(timesMs, (each) => each * MS),
    value: Float64Array.from(values),
    fresh: new Uint8Array(values.length).fill(1),
    boundNs: new Float64Array(values.length),
  };
}

function spansMs(values: readonly number[], timesMs?: readonly number[]): Record<string, number[]> {
  const [panel] = throttleLanes([masks(values, timesMs)], () => 'GPU 0');
  if (panel?.kind !== 'lanes') return {};
  return Object.fromEntries(
    panel.lanes.map(({ label, spans }) => [label, [...unpackNumbers(spans)].map((ticks) => ticks / 100)]),
  );
}

it('gives each reason a lane of its own, starts from the last end and lengths in turn', () => {
  expect(spansMs([0, 0x4, 0x4, 0x44, 0, 0x4, 0])).toEqual({
    'power cap': [10, 30, 10, 10],
    'thermal (hardware)': [30, 10],
  });
});

it('says nothing of clocks that were only set, and nothing at all without masks', () => {
  expect(spansMs([0x1, 0x2, 0x100])).toEqual({});
  expect(throttleLanes([], () => '')).toEqual([]);
});

it('ends a span where samples are missing', () => {
  expect(spansMs([0x4, 0x4, 0x4, 0x4, 0], [0, 10, 20, 500, 510])).toEqual({ 'power cap': [0, 45, 455, 10] });
});

it('fills the shortest pauses first and moves no outer end', () => {
  const spans = [
    [0, 10],
    [11, 20],
    [50, 60],
    [61, 70],
    [200, 210],
  ] as const;
  expect(mergeClose(spans, 3)).toEqual([
    [0, 20],
    [50, 70],
    [200, 210],
  ]);
  expect(mergeClose(spans, 5)).toBe(spans);
});
