import { deadlineMisses } from '@fluidscope/metrics';
import { describe, expect, it } from 'vitest';
import { diagnose, episodeRecords } from './index.js';
import { DEADLINES, streamOf } from './testing/streams.js';

describe('episodeRecords', () => {
  it('names each episode with its cause, and for every late token the one that delayed it most', () => {
    const streams = Array.from({ length: 3 }, (_, index) =>
      streamOf(index, { tokens: 200, stallsMs: { 20: 600, 100: 900 } }),
    );
    const { episodes, misses } = episodeRecords(diagnose(streams, DEADLINES));
    expect(episodes).toMatchObject([
      { episodeId: 'e0001', scope: 'engine', cause: 'unknown', confidence: undefined },
      { episodeId: 'e0002', scope: 'engine', cause: 'unknown', tier: undefined },
    ]);
    const late = streams.flatMap((stream) => deadlineMisses(stream.timings, DEADLINES));
    expect(misses).toHaveLength(late.length);
    for (const { seq, episodeId } of misses) expect(episodeId).toBe(seq < 100 ? 'e0001' : 'e0002');
  });

  it('is empty for a run in time', () => {
    expect(episodeRecords(diagnose([streamOf(0, { tokens: 9 })], DEADLINES))).toEqual({
      episodes: [],
      misses: [],
    });
  });
});
