import { describe, expect, it } from 'vitest';
import { butForClaims } from './but-for.js';
import { diagnose } from './index.js';
import { DEADLINES, streamOf } from './testing/streams.js';
import type { Claim } from './verdict.js';

function claim(cause: Claim['cause'], shareRatio: number): Claim {
  return {
    cause,
    shareRatio,
    sourceId: undefined,
    confidence: 0.9,
    tier: 'A',
    evidence: '',
    explainedRatio: shareRatio,
    effects: [],
  };
}

/** Shares by cause, of an episode of one stall so long, at a token before which the slack has grown to 100 + 5 x 50 = 350 ms. */
function sharesOf(stallMs: number, claims: readonly Claim[]) {
  const [episode] = diagnose([streamOf(0, { tokens: 80, stallsMs: { 50: stallMs } })], DEADLINES).episodes;
  if (episode === undefined) throw new Error('expected an episode');
  return butForClaims(claims, episode, DEADLINES).map((each) => [each.cause, each.shareRatio]);
}

describe('butForClaims', () => {
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
});
