import { expect, it } from 'vitest';
import { BatchTimeline } from './batch-timeline.js';
import { findSilences } from './silences.js';
import { MS, streamOf, type StreamShape } from './testing/streams.js';

const USUAL = { medianNs: 20 * MS, limitNs: 23 * MS };

function silencesOf(shapes: readonly StreamShape[]) {
  const streams = shapes.map((shape, index) => streamOf(index, shape));
  return findSilences(streams, USUAL, new BatchTimeline(streams)).map(({ fromNs, toNs, streamsCount }) => [
    Math.round(fromNs / MS),
    Math.round(toNs / MS),
    streamsCount,
  ]);
}

it('finds what reached every stream, with a miss or without', () => {
  expect(silencesOf([1, 2, 3].map(() => ({ tokens: 60, stallsMs: { 20: 400 } })))).toEqual([[480, 900, 3]]);
});

it('finds none where one stream went on', () => {
  expect(silencesOf([{ tokens: 60, stallsMs: { 20: 400 } }, { tokens: 60 }])).toEqual([]);
});

it('takes no pause between requests for one', () => {
  expect(silencesOf([{ tokens: 10 }, { tokens: 10, startMs: 5_000 }])).toEqual([]);
});

it('counts the stream that joined at its end', () => {
  const waiting = { tokens: 30, startMs: 500, ttftMs: 400 };
  expect(silencesOf([{ tokens: 60, stallsMs: { 20: 400 } }, waiting])).toEqual([[480, 900, 2]]);
});

it('is empty without streams', () => {
  expect(silencesOf([])).toEqual([]);
});
