import { describe, expect, it } from 'vitest';
import type { SharedStall } from './counterfactual.js';
import { LoadedBatch } from './loaded-batch.js';
import type { Stall } from './stalls.js';
import { streamOf } from './testing/streams.js';
import type { TokenStream } from './token-stream.js';

const MS = 1e6;
const PAUSE_MS = 500;
const USUAL_MS = 20;
const JOIN_MS = 200;
const STREAMS_COUNT = 12;
const TOKENS = 60;

/** Streams that join one every 200 ms; each step takes 20 ms and `perStreamMs` for every stream in it; one pause befalls all that decode at 1.5 s. */
function loadedRun(perStreamMs: number): {
  streams: TokenStream[];
  pause: SharedStall[];
  slow: SharedStall[];
} {
  const arrivals = Array.from({ length: STREAMS_COUNT }, (): number[] => []);
  let [nowMs, isPaused] = [0, false];
  const isDecoding = (index: number): boolean =>
    nowMs >= index * JOIN_MS && (arrivals[index]?.length ?? 0) < TOKENS;
  const gaps: { index: number; chunk: number; excessMs: number; isPause: boolean }[] = [];
  while (arrivals.some(({ length }) => length < TOKENS)) {
    const active = arrivals.flatMap((_, index) => (isDecoding(index) ? [index] : []));
    const isPause = nowMs > 1500 && !isPaused;
    if (isPause) isPaused = true;
    const excessMs = isPause ? PAUSE_MS : perStreamMs * active.length;
    nowMs += USUAL_MS + excessMs;
    for (const index of active) {
      const own = arrivals[index] ?? [];
      if (own.length > 0) gaps.push({ index, chunk: own.length, excessMs, isPause });
      own.push(nowMs * MS);
    }
  }
  const streams = arrivals.map((arrivalsNs, index) => {
    const stream = streamOf(index, { tokens: TOKENS });
    const timings = { ...stream.timings, arrivalsNs: Float64Array.from(arrivalsNs) };
    return { ...stream, sentNs: index * JOIN_MS * MS, timings };
  });
  const sharedOf = (wantsPause: boolean): SharedStall[] =>
    gaps
      .filter(({ isPause, excessMs }) => isPause === wantsPause && excessMs > 0)
      .flatMap(({ index, chunk, excessMs }) => {
        const stream = streams[index];
        const endNs = stream?.timings.arrivalsNs[chunk];
        if (stream === undefined || endNs === undefined) return [];
        const expected = { medianNs: USUAL_MS * MS, limitNs: (USUAL_MS + 1) * MS };
        const stall: Stall = {
          ...{ stream, chunkIndex: chunk, phase: 'decode', expected, missedCount: 1, lateChunkIndices: [] },
          ...{ startNs: endNs - excessMs * MS, endNs, excessNs: excessMs * MS },
        };
        return [{ stall, sharesRatio: wantsPause ? [1, 0] : [0, 1] }];
      });
  return { streams, pause: sharedOf(true), slow: sharedOf(false) };
}

const withoutPause = ({ sharesRatio }: SharedStall): number => sharesRatio[0] ?? 0;

describe('a batch whose steps are slowed by its size', () => {
  it('eases what comes after a pause that is taken away, in proportion to the streams that are gone by then', () => {
    const { streams, pause, slow } = loadedRun(3);
    const { takenRatio } = new LoadedBatch(streams, [...pause, ...slow], pause).easedWithout(withoutPause);
    expect(takenRatio.size).toBeGreaterThan(0);
    for (const [{ stall }, ratio] of takenRatio) {
      expect(stall.endNs).toBeGreaterThan(pause[0]?.stall.endNs ?? NaN);
      expect(ratio).toBeGreaterThan(0);
      expect(ratio).toBeLessThanOrEqual(1);
    }
  });

  it('eases nothing where steps are as long with many streams as with few', () => {
    const { streams, pause } = loadedRun(0);
    const { takenRatio } = new LoadedBatch(streams, pause, pause).easedWithout(withoutPause);
    expect(takenRatio.size).toBe(0);
  });

  it('brings forward the first token of who waited for it while the engine stood still', () => {
    const { streams, pause } = loadedRun(0);
    const pauseEndNs = pause[0]?.stall.endNs ?? NaN;
    const waiting = { ...(streams.at(-1) ?? streamOf(0, { tokens: 1 })), sentNs: pauseEndNs - 300 * MS };
    const others = streams.slice(0, -1);
    const { earlierNs } = new LoadedBatch([...others, waiting], pause, pause).easedWithout(withoutPause);
    expect(earlierNs.get(waiting)).toBe(300 * MS);
    expect(earlierNs.get(streams[0] ?? waiting)).toBeUndefined();
  });
});
