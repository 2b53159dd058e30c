import type { Deadlines } from '@fluidscope/metrics';
import { judgeBaseline } from './causes/baseline-slower-than-deadline.js';
import { judgeClientLag } from './causes/client-lag.js';
import type { Cause, Verdict } from './causes/verdict.js';
import { sumDeadlines, withoutStalls, type DeadlineSum } from './counterfactual.js';
import { findEpisodes, type Episode } from './episodes.js';
import { expectedGaps, overallGap, type ExpectedGap } from './expected-gaps.js';
import { blameStalls } from './stalls.js';
import type { TokenStream } from './token-stream.js';

export interface JudgedEpisode extends Episode {
  readonly verdict: Verdict;
}

/** All that one cause cost. */
export interface Finding {
  readonly cause: Cause;
  /** Whether its misses came in stalls, or from streams that were slow throughout. */
  readonly kind: 'stalls' | 'slow_throughout';
  readonly episodesCount: number;
  readonly missedCount: number;
  /** Of all missed deadlines, 0 to 1. */
  readonly missedRatio: number;
  /** Of these, in windows that cannot be judged because the client itself was late. */
  readonly maskedMissedCount: number;
  /** The pooled fluidity-index had these stalls not been; `undefined` for streams that were slow throughout. */
  readonly fluidityIndexWithout: number | undefined;
  /** The lowest of its episodes' confidences; `undefined` for `unknown`. */
  readonly confidence: number | undefined;
  /** Of the episode that cost most. */
  readonly evidence: string;
}

export interface Diagnosis {
  readonly streamsCount: number;
  readonly deadlines: Deadlines;
  readonly missedCount: number;
  readonly totalCount: number;
  /** Pooled; `undefined` without a deadline. */
  readonly fluidityIndex: number | undefined;
  readonly usualGap: ExpectedGap | undefined;
  /** In order of their start. */
  readonly episodes: readonly JudgedEpisode[];
  /** What cost most first; empty when no deadline was missed. */
  readonly findings: readonly Finding[];
}

/**
 * Why the deadlines of these streams were missed, from the tokens' own times: which stalls, how far each reached, what it cost, and a cause
 * where the tokens alone can tell one. What they cannot tell is `unknown`.
 */
export function diagnose(streams: readonly TokenStream[], deadlines: Deadlines): Diagnosis {
  const sum = sumDeadlines(
    streams.map(({ timings }) => timings),
    deadlines,
  );
  const overall = overallGap(streams);
  const blamed = streams.map((stream) =>
    blameStalls(stream, expectedGaps(stream, overall ?? NO_GAP), deadlines),
  );
  const stalls = blamed.flatMap((one) => one.stalls);
  const episodes = findEpisodes(streams, stalls).map((episode): JudgedEpisode => {
    return { ...episode, verdict: judgeClientLag(episode, deadlines) ?? UNKNOWN };
  });
  const slowMissedCount = blamed.reduce((total, one) => total + one.unstalledMissedCount, 0);
  const slow =
    slowMissedCount === 0
      ? []
      : [slowFinding(slowMissedCount, judgeBaseline(overall ?? NO_GAP, deadlines), sum)];
  const findings = [...slow, ...stallFindings(episodes, { streams, deadlines, sum })];
  return {
    streamsCount: streams.length,
    deadlines,
    ...sum,
    fluidityIndex: indexOf(sum),
    usualGap: overall,
    episodes,
    findings: findings.sort((a, b) => b.missedCount - a.missedCount),
  };
}

/** Of streams of one chunk, which have no gap to judge. */
const NO_GAP: ExpectedGap = { medianNs: 0, limitNs: Infinity };

const UNKNOWN: Verdict = {
  cause: 'unknown',
  confidence: undefined,
  tier: undefined,
  masked: false,
  evidence: 'the tokens alone do not tell the cause',
};

interface Basis {
  readonly streams: readonly TokenStream[];
  readonly deadlines: Deadlines;
  readonly sum: DeadlineSum;
}

function stallFindings(episodes: readonly JudgedEpisode[], basis: Basis): Finding[] {
  const causes = new Set(episodes.map(({ verdict }) => verdict.cause));
  return [...causes].map((cause) => {
    const of = episodes.filter(({ verdict }) => verdict.cause === cause);
    const stalls = of.flatMap((episode) => episode.stalls);
    const costliest = of.reduce((most, episode) => (episode.missedCount > most.missedCount ? episode : most));
    const missedCount = total(of);
    const confidences = of.flatMap(({ verdict }) => verdict.confidence ?? []);
    return {
      cause,
      kind: 'stalls',
      episodesCount: of.length,
      missedCount,
      missedRatio: missedCount / basis.sum.missedCount,
      maskedMissedCount: total(of.filter(({ verdict }) => verdict.masked)),
      fluidityIndexWithout: indexOf(withoutStalls(basis.streams, stalls, basis.deadlines)),
      confidence: confidences.length === 0 ? undefined : Math.min(...confidences),
      evidence: costliest.verdict.evidence,
    };
  });
}

function slowFinding(missedCount: number, verdict: Verdict, sum: DeadlineSum): Finding {
  return {
    cause: verdict.cause,
    kind: 'slow_throughout',
    episodesCount: 0,
    missedCount,
    missedRatio: missedCount / sum.missedCount,
    maskedMissedCount: 0,
    fluidityIndexWithout: undefined,
    confidence: verdict.confidence,
    evidence: verdict.evidence,
  };
}

function total(episodes: readonly Episode[]): number {
  return episodes.reduce((sum, { missedCount }) => sum + missedCount, 0);
}

function indexOf({ missedCount, totalCount }: DeadlineSum): number | undefined {
  return totalCount === 0 ? undefined : 1 - missedCount / totalCount;
}
