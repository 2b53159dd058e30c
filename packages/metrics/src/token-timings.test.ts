import { durationNs, runNs } from '@fluidscope/units';
import { describe, expect, it } from 'vitest';
import {
  deadlineMisses,
  DEFAULT_DEADLINES,
  interChunkTimes,
  minTbtDeadline,
  scoreRequest,
  tbtGaps,
  tokenGaps,
  type TokenTimings,
} from './index.js';
import { timingsOf } from './testing/timings.js';

const raw = (startNs: number, arrivalsNs: number[], tokens = arrivalsNs.map(() => 1)): TokenTimings => ({
  startNs: startNs as TokenTimings['startNs'],
  arrivalsNs: Float64Array.from(arrivalsNs),
  tokenCounts: Uint32Array.from(tokens),
});

describe('token gaps', () => {
  const timings = timingsOf(
    [
      [10, 0],
      [20, 2],
      [0, 0],
      [5, 1],
      [7, 0],
      [3, 3],
      [9, 0],
    ],
    100,
  );

  it('gives the wait to the first token of each chunk and 0 to the others, past chunks without tokens', () => {
    expect([...tokenGaps(timings)]).toEqual([30, 0, 5, 10, 0, 0]);
  });

  it('leaves the first gap out of TBT', () => {
    expect([...tbtGaps(timings)]).toEqual([0, 5, 10, 0, 0]);
  });

  it('takes inter-chunk times between chunks with tokens', () => {
    expect([...interChunkTimes(timings)]).toEqual([5, 10]);
  });

  it('is empty without tokens', () => {
    for (const gaps of [tokenGaps, tbtGaps, interChunkTimes]) {
      expect([...gaps(timingsOf([[4, 0]]))]).toEqual([]);
      expect([...gaps(timingsOf([]))]).toEqual([]);
    }
    expect([...interChunkTimes(timingsOf([[4, 9]]))]).toEqual([]);
  });
});

describe('timings that break their contract', () => {
  it.each<[string, TokenTimings, RegExp]>([
    [
      'decreasing arrivals',
      raw(0, [5, 4]),
      /at or after arrivalsNs\[0\] \(5\).* for arrivalsNs\[1\] but received 4$/,
    ],
    [
      'an arrival before the start',
      raw(10, [9]),
      /at or after startNs \(10\).* for arrivalsNs\[0\] but received 9$/,
    ],
    ['NaN', raw(0, [1, NaN]), /arrivalsNs\[1\] but received NaN/],
    ['infinity', raw(0, [Infinity]), /arrivalsNs\[0\] but received Infinity/],
    ['a fraction', raw(0, [1, 2.5]), /arrivalsNs\[1\] but received 2.5/],
    ['an unsafe integer', raw(0, [2 ** 53]), /arrivalsNs\[0\] but received 9007199254740992/],
    ['a span beyond 2^53', raw(-10, [Number.MAX_SAFE_INTEGER]), /at most 2\^53 - 1 after the start/],
    ['a fractional start', raw(0.5, [1]), /startNs but received 0.5/],
    ['a missing count', raw(0, [1, 2], [1]), /2 arrivals and 1 token counts/],
  ])('%s', (_case, timings, message) => {
    const uses = [
      () => tokenGaps(timings),
      () => interChunkTimes(timings),
      () => minTbtDeadline(timings),
      () => scoreRequest(timings, DEFAULT_DEADLINES),
      () => deadlineMisses(timings, DEFAULT_DEADLINES),
    ];
    for (const use of uses) {
      expect(use).toThrow(RangeError);
      expect(use).toThrow(message);
    }
  });

  it('takes a start before the run and the longest span there is', () => {
    expect([...tokenGaps(raw(-5, [-5, 0]))]).toEqual([0, 5]);
    expect([...tokenGaps(raw(0, [Number.MAX_SAFE_INTEGER]))]).toEqual([Number.MAX_SAFE_INTEGER]);
  });
});

describe('deadlines that break their contract', () => {
  it.each([0, -1, 0.5, NaN, Infinity])('%d is refused by its name', (valueNs) => {
    const timings = {
      startNs: runNs(0),
      arrivalsNs: new Float64Array([1]),
      tokenCounts: new Uint32Array([1]),
    };
    const wrong = valueNs as typeof DEFAULT_DEADLINES.ttftDeadlineNs;
    for (const use of [scoreRequest, deadlineMisses]) {
      expect(() => use(timings, { ...DEFAULT_DEADLINES, ttftDeadlineNs: wrong })).toThrow(
        new RangeError(`Expected whole nanoseconds above 0 for ttftDeadlineNs but received ${valueNs}`),
      );
      expect(() => use(timings, { ttftDeadlineNs: durationNs(1), tbtDeadlineNs: wrong })).toThrow(
        /tbtDeadlineNs/,
      );
    }
  });
});
