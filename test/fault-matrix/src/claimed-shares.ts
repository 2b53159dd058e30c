import type { Diagnosis, JudgedEpisode } from '@fluidscope/diagnosis';
import { addShare, type Label, type Shares } from './labels.js';

/** What a diagnosis lays each miss to, by request and the position of the late chunk: that of the stall which delayed it most. */
export class ClaimedMisses {
  private readonly byMiss = new Map<string, JudgedEpisode>();
  private readonly slow: Shares;

  constructor({ episodes, findings }: Diagnosis) {
    for (const episode of episodes)
      for (const { stream, lateChunkIndices } of episode.stalls)
        for (const index of lateChunkIndices)
          this.byMiss.set(keyOf(stream.requestIndex, stream.seqs[index] ?? index), episode);
    const slow = findings.filter(({ kind }) => kind === 'slow_throughout');
    const all = slow.reduce((sum, { missedCount }) => sum + missedCount, 0);
    const shares = new Map<Label, number>();
    for (const { cause, missedCount } of slow) addShare(shares, cause, missedCount / all);
    this.slow = all === 0 ? UNKNOWN : shares;
  }

  episodeOf(requestIndex: number, seq: number): JudgedEpisode | undefined {
    return this.byMiss.get(keyOf(requestIndex, seq));
  }

  /** A miss that no stall is behind is one of a stream that was slow throughout. */
  sharesOf(requestIndex: number, seq: number): Shares {
    const episode = this.episodeOf(requestIndex, seq);
    return episode === undefined ? this.slow : sharesOfEpisode(episode);
  }
}

const UNKNOWN: Shares = new Map<Label, number>([['unknown', 1]]);

function sharesOfEpisode({ verdict }: JudgedEpisode): Shares {
  const shares = new Map<Label, number>();
  let rest = 1;
  for (const { cause, shareRatio } of verdict.claims) {
    addShare(shares, cause, shareRatio);
    rest -= shareRatio;
  }
  if (rest > 1e-9) addShare(shares, 'unknown', rest);
  return shares;
}

function keyOf(requestIndex: number, seq: number): string {
  return `${requestIndex} ${seq}`;
}
