import type { DiagnosisContext, EvidenceTier, NamedCause, Suspicion } from './causes/cause-rule.js';
import { findEpisodes, weightedMean, type Episode } from './episodes.js';
import { logistic } from './log-odds.js';
import { mergedSpans, overlapNs, spanOf, type Span } from './spans.js';
import type { Stall } from './stalls.js';
import type { Claim, Verdict } from './verdict.js';

/** A time at which most streams of an engine were late at once, with or without a miss. */
export interface EngineDelay {
  readonly episode: Episode;
  /** When any of its streams was overdue. */
  readonly overdue: readonly Span[];
}

/** All of one engine, in order of their start. */
export function engineDelays({ streams, stalls, usualGap }: DiagnosisContext): readonly EngineDelay[] {
  const ofEngine = new Set(streams);
  const weighed = stalls
    .filter(({ phase, stream }) => phase === 'decode' && ofEngine.has(stream))
    .map((stall) => ({ ...stall, missedCount: Math.max(1, stall.missedCount) }));
  return findEpisodes([streams], weighed, usualGap.medianNs)
    .filter(({ scope }) => scope !== 'request')
    .map((episode) => ({ episode, overdue: mergedSpans(episode.stalls.map(spanOf)) }));
}

/**
 * What an engine's own delays lend to a late first token: whoever waits for one waits while the engine stands still, and for the same cause as the
 * streams that decode meanwhile, whether those missed a deadline or their slack absorbed it. `judgeDecode` tells that cause. Empty where nobody else decoded.
 */
export function lentSuspicions(
  episode: Episode,
  delays: readonly EngineDelay[],
  judgeDecode: (delay: Episode) => Verdict,
): readonly Suspicion[] {
  const windows = new Map(episode.stalls.map((stall) => [stall, waitOfOne(stall)]));
  const lent = delays
    .filter(({ episode: { startNs, endNs } }) =>
      [...windows.values()].some((window) => endNs > window.fromNs && startNs < window.toNs),
    )
    .flatMap((delay) => judgeDecode(delay.episode).claims.map((claim) => ({ claim, delay })))
    .filter(({ claim }) => !OF_EACH_STREAM.has(claim.cause));
  return [...new Set(lent.map(({ claim }) => claim.cause))].map((cause) => {
    const ofCause = lent.filter(({ claim }) => claim.cause === cause);
    const explainedRatio =
      weightedMean(episode.stalls, (stall) => {
        const window = windows.get(stall) ?? waitOfOne(stall);
        const delayedNs = ofCause.reduce(
          (sum, { claim, delay }) =>
            sum + claim.shareRatio * overlapNs(delay.overdue, window.fromNs, window.toNs),
          0,
        );
        return Math.min(1, delayedNs / stall.excessNs);
      }) ?? 0;
    return suspicionOf(cause, ofCause, explainedRatio);
  });
}

/** What holds up what one stream was sent, however many it befalls at once: nobody else waits for that. */
const OF_EACH_STREAM: ReadonlySet<NamedCause> = new Set([
  'packet_loss',
  'nagle_delay',
  'proxy_buffering',
  'stream_coalescing',
]);

interface Lent {
  readonly claim: Claim;
  readonly delay: EngineDelay;
}

/** Less than this of a wait is what any wait overlaps with. */
const LEAST_EXPLAINED_RATIO = 0.25;
const TIERS: readonly EvidenceTier[] = ['A', 'B', 'C'];

function suspicionOf(cause: NamedCause, lent: readonly Lent[], explainedRatio: number): Suspicion {
  const leastSure = lent.reduce((least, { claim }) => Math.min(least, claim.lendableScore), Infinity);
  const logLikelihoodRatio = explainedRatio >= LEAST_EXPLAINED_RATIO ? leastSure : TOO_LITTLE;
  const tier = TIERS.findLast((each) => lent.some(({ claim }) => claim.tier === each)) ?? 'C';
  const [first] = lent.toSorted((a, b) => lengthNs(b.delay) - lengthNs(a.delay));
  return {
    cause,
    sourceId: first?.claim.sourceId,
    tier,
    highestConfidence: logistic(leastSure),
    explainedRatio,
    observations: [{ name: 'engine_delay_over_excess', value: explainedRatio, logLikelihoodRatio }],
    coverageRatio: 1,
    evidence: `its engine was late with every stream while it waited: ${first?.claim.evidence ?? ''}`,
  };
}

const TOO_LITTLE = -3;

function waitOfOne({ stream, endNs }: Stall): Span {
  return { fromNs: stream.sentNs, toNs: endNs };
}

function lengthNs({ episode: { startNs, endNs } }: EngineDelay): number {
  return endNs - startNs;
}
