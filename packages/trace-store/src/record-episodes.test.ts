import type { EpisodeRow } from '@fluidscope/trace-schema';
import { runNs } from '@fluidscope/units';
import { chmodSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { recordEpisodes } from './index.js';
import { query } from './testing/query.js';
import { temporaryTracePath } from './testing/temporary-folder.js';
import { readTrace, writeTrace } from './testing/written-trace.js';

const EPISODE: EpisodeRow = {
  episodeId: 'e0001',
  startNs: runNs(1_000),
  endNs: runNs(2_000),
  scope: 'engine',
  cause: 'power_cap',
  confidence: 0.9,
  tier: 'A',
  missedCount: 7,
  evidence: { gpu: 'GPU-0' },
};
const UNKNOWN: EpisodeRow = {
  ...EPISODE,
  episodeId: 'e0002',
  startNs: runNs(3_000),
  scope: undefined,
  cause: 'unknown',
  confidence: undefined,
  tier: undefined,
};

function writeMisses(): Promise<string> {
  return writeTrace((writer) => {
    const misses = [2, 5].map((seq) => ({
      requestIndex: 3,
      seq,
      dueNs: runNs(900),
      arrivalNs: runNs(1_500),
      missedCount: 1,
    }));
    writer.appendDeadlineMisses(misses);
  });
}

describe('recordEpisodes', () => {
  it('is read back by the port, as are the late tokens', async () => {
    const path = await writeMisses();
    await recordEpisodes(path, { episodes: [UNKNOWN, EPISODE], misses: [] });
    await readTrace(path, async (reader) => {
      expect(await reader.episodes()).toEqual([EPISODE, UNKNOWN]);
      const seqs: number[] = [];
      for await (const misses of reader.deadlineMisses()) seqs.push(...misses.map(({ seq }) => seq));
      expect(seqs).toEqual([2, 5]);
    });
  });

  it('fills the view of episodes, and names the episode of each miss that one delayed', async () => {
    const path = await writeMisses();
    expect(await query(path, 'SELECT episode_id FROM deadline_misses')).toEqual([
      { episode_id: null },
      { episode_id: null },
    ]);
    const misses = [{ requestIndex: 3, seq: 5, episodeId: 'e0001' }];
    await recordEpisodes(path, { episodes: [EPISODE, UNKNOWN], misses });
    expect(await query(path, 'SELECT seq, episode_id FROM deadline_misses ORDER BY seq')).toEqual([
      { seq: 2n, episode_id: null },
      { seq: 5n, episode_id: 'e0001' },
    ]);
    expect(
      await query(
        path,
        'SELECT episode_id, start_ns, scope, cause, confidence, tier, missed_count FROM episodes ORDER BY start_ns',
      ),
    ).toEqual([
      {
        episode_id: 'e0001',
        start_ns: 1_000n,
        scope: 'engine',
        cause: 'power_cap',
        confidence: 0.9,
        tier: 'A',
        missed_count: 7n,
      },
      {
        episode_id: 'e0002',
        start_ns: 3_000n,
        scope: null,
        cause: 'unknown',
        confidence: null,
        tier: null,
        missed_count: 7n,
      },
    ]);
  });

  it('takes the place of an earlier diagnosis', async () => {
    const path = await writeMisses();
    await recordEpisodes(path, {
      episodes: [EPISODE, UNKNOWN],
      misses: [{ requestIndex: 3, seq: 2, episodeId: 'e0002' }],
    });
    await recordEpisodes(path, { episodes: [EPISODE], misses: [] });
    expect(await query(path, 'SELECT episode_id FROM episodes')).toEqual([{ episode_id: 'e0001' }]);
    expect(await query(path, 'SELECT count(episode_id) AS named FROM deadline_misses')).toEqual([
      { named: 0n },
    ]);
  });

  it('refuses what is no trace', async () => {
    await expect(recordEpisodes(temporaryTracePath(), { episodes: [], misses: [] })).rejects.toMatchObject({
      code: 'trace.not-found',
    });
  });

  it.skipIf(process.getuid?.() === 0)('says that a trace of somebody else may not be written', async () => {
    const path = await writeMisses();
    chmodSync(path, 0o400);
    await expect(recordEpisodes(path, { episodes: [], misses: [] })).rejects.toMatchObject({
      code: 'trace.not-permitted',
    });
  });
});
