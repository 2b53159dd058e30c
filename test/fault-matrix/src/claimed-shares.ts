import type { Diagnosis, JudgedEpisode } from '@fluidscope/diagnosis';
import { addShare, type Label, type Shares } from './labels.js';

/** What a diagnosis lays each miss to, by request and the position of the late chunk: that of the stall which delayed it most, or of the slow time it fell in. */
export class ClaimedMisses {
  private readonly byMiss = new Map<string, JudgedEpisode>();

  constructor({ episodes, slowSpells }: Diagnosis) {
    for (const episode of [...episodes, ...slowSpells])
      for (const { stream, lateChunkIndices } of episode.stalls)
        for (const index of lateChunkIndices)
          this.byMiss.set(keyOf(stream.requestIndex, stream.seqs[index] ?? index), episode);
  }

  episodeOf(requestIndex: number, seq: number): JudgedEpisode | undefined {
    return this.byMiss.get(keyOf(requestIndex, seq));
  }

  sharesOf(requestIndex: number, seq: number): Shares {
    const episode = this.episodeOf(requestIndex, seq);
    return episode === undefined ? UNKNOWN : sharesOfEpisode(episode);
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
