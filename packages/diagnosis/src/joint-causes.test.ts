import { describe, expect, it } from 'vitest';
import { diagnose } from './index.js';
import { withJointCauses, type ClaimedDelay } from './joint-causes.js';
import { DEADLINES, MS, streamOf } from './testing/streams.js';
import type { Claim } from './verdict.js';

function claim(cause: Claim['cause'], shareRatio: number): Claim {
  return {
    cause,
    shareRatio,
    delayRatio: shareRatio,
    sourceId: undefined,
    confidence: 0.9,
    heldBackBy: [],
    score: 3,
    lendableScore: 3,
    tier: 'A',
    evidence: '',
    explainedRatio: shareRatio,
    effects: [],
  };
}

function sharesWith(
  [episode]: ReturnType<typeof diagnose>['episodes'],
  claims: readonly Claim[],
  delays: readonly ClaimedDelay[] = [],
) {
  if (episode === undefined) throw new Error('expected an episode');
  const [judged] = withJointCauses(
    [{ ...episode, verdict: { ...episode.verdict, claims } }],
    () => delays,
    DEADLINES,
  );
  return judged?.verdict.claims.map((each) => [each.cause, each.shareRatio]) ?? [];
}

/** Shares by cause, of an episode of one stall so long, at a token before which the slack has grown to 100 + 5 x 50 = 350 ms. */
function sharesOf(stallMs: number, claims: readonly Claim[]) {
  const { episodes } = diagnose([streamOf(0, { tokens: 80, stallsMs: { 50: stallMs } })], DEADLINES);
  return sharesWith(episodes, claims);
}

describe('withJointCauses', () => {
  it('halves a miss that came of neither alone: slack would have absorbed either', () => {
    expect(sharesOf(370, [claim('power_cap', 0.7), claim('runtime_gc', 0.3)])).toEqual([
      ['power_cap', expect.closeTo(0.5, 6)],
      ['runtime_gc', expect.closeTo(0.5, 6)],
    ]);
  });

  it('gives each its part of a stall that either alone would have made', () => {
    const shares = sharesOf(2_000, [claim('power_cap', 0.7), claim('runtime_gc', 0.3)]);
    expect(shares).toEqual([
      ['power_cap', expect.closeTo(0.75, 1)],
      ['runtime_gc', expect.closeTo(0.25, 1)],
    ]);
  });

  it('gives all to one without which nothing is missed, where the other changes nothing', () => {
    expect(sharesOf(1_000, [claim('power_cap', 0.99), claim('runtime_gc', 0.01)])).toEqual([
      ['power_cap', expect.closeTo(1, 6)],
    ]);
  });

  it('keeps what the claims leave unknown', () => {
    const shares = sharesOf(2_000, [claim('power_cap', 0.4), claim('runtime_gc', 0.2)]);
    expect(shares.reduce((sum, [, share]) => sum + Number(share), 0)).toBeCloseTo(0.6, 6);
  });

  describe('beside a delay that missed nothing itself', () => {
    /** Slack of 200 ms at the 20th token, of which the delay eats half; by the 60th it has grown to 300 ms, and would have carried the pause with the rest. */
    const { episodes } = diagnose([streamOf(0, { tokens: 120, stallsMs: { 20: 100, 60: 350 } })], DEADLINES);
    const [pause] = episodes;
    const eaten = (cause: Claim['cause']): ClaimedDelay[] => {
      const stall = pause?.stalls[0];
      if (pause === undefined || stall === undefined) throw new Error('expected a stall');
      const endNs = stall.stream.timings.arrivalsNs[20] ?? NaN;
      const delay = {
        ...pause,
        startNs: endNs - 100 * MS,
        endNs,
        stalls: [
          {
            ...stall,
            chunkIndex: 20,
            startNs: endNs - 100 * MS,
            endNs,
            excessNs: 100 * MS,
            missedCount: 1,
            lateChunkIndices: [],
          },
        ],
      };
      return [{ delay, claims: () => [claim(cause, 1)] }];
    };

    it('has half for what ate the slack that would have carried its stalls', () => {
      expect(sharesWith(episodes, [claim('runtime_gc', 1)], eaten('cpu_starvation'))).toEqual([
        ['runtime_gc', expect.closeTo(0.5, 6)],
        ['cpu_starvation', expect.closeTo(0.5, 6)],
      ]);
    });

    it('has nothing for what a load does by itself, which is what slack is for', () => {
      expect(sharesWith(episodes, [claim('runtime_gc', 1)], eaten('prefill_interference'))).toEqual([
        ['runtime_gc', expect.closeTo(1, 6)],
      ]);
    });
  });
});
