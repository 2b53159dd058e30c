import type { DiagnosisContext, EvidenceTier, NamedCause, Suspicion } from './causes/cause-rule.js';
import { findEpisodes, weightedMean, type Episode } from './episodes.js';
import { mergedSpans, overlapNs, spanOf, type Span } from './spans.js';
import type { Stall } from './stalls.js';
import type { Claim, Verdict } from './verdict.js';

/**
 * What an engine's own delays lend to a late first token: whoever waits for one waits while the engine stands still, and for the same cause as the
 * streams that decode meanwhile, whether those missed a deadline or their slack absorbed it. `judgeDecode` tells that cause. Empty for a stall of
 * decoding streams, and where nobody else decoded.
 */
export function lentSuspicions(
  episode: Episode,
  context: DiagnosisContext,
  judgeDecode: (delay: Episode) => Verdict,
): readonly Suspicion[] {
  if (episode.phase !== 'first_token') return [];
  const windows = new Map(episode.stalls.map((stall) => [stall, waitOfOne(stall)]));
  const lent = delaysOf(context)
    .filter(({ startNs, endNs }) =>
      [...windows.values()].some((window) => endNs > window.fromNs && startNs < window.toNs),
    )
    .flatMap((delay) => judgeDecode(delay).claims.map((claim) => ({ claim, delay })));
  return [...new Set(lent.map(({ claim }) => claim.cause))].map((cause) => {
    const ofCause = lent.filter(({ claim }) => claim.cause === cause);
    const explainedRatio =
      weightedMean(episode.stalls, (stall) => {
        const window = windows.get(stall) ?? waitOfOne(stall);
        const delayedNs = ofCause.reduce(
          (sum, { claim, delay }) =>
            sum + claim.shareRatio * overlapNs(overdueOf(delay), window.fromNs, window.toNs),
          0,
        );
        return Math.min(1, delayedNs / stall.excessNs);
      }) ?? 0;
    return suspicionOf(cause, ofCause, explainedRatio);
  });
}

interface Lent {
  readonly claim: Claim;
  readonly delay: Episode;
}

/** Less than this of a wait is what any wait overlaps with. */
const LEAST_EXPLAINED_RATIO = 0.25;
const TIERS: readonly EvidenceTier[] = ['A', 'B', 'C'];

function suspicionOf(cause: NamedCause, lent: readonly Lent[], explainedRatio: number): Suspicion {
  const confidence = lent.reduce((least, { claim }) => Math.min(least, claim.confidence), 1);
  const logLikelihoodRatio =
    explainedRatio >= LEAST_EXPLAINED_RATIO ? Math.log(confidence / (1 - confidence)) : TOO_LITTLE;
  const tier = TIERS.findLast((each) => lent.some(({ claim }) => claim.tier === each)) ?? 'C';
  const [first] = lent.toSorted(
    (a, b) => b.delay.endNs - b.delay.startNs - (a.delay.endNs - a.delay.startNs),
  );
  return {
    cause,
    sourceId: first?.claim.sourceId,
    tier,
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

const DELAYS = new WeakMap<DiagnosisContext['streams'], readonly Episode[]>();
const OVERDUE = new WeakMap<Episode, readonly Span[]>();

function overdueOf(delay: Episode): readonly Span[] {
  const known = OVERDUE.get(delay) ?? mergedSpans(delay.stalls.map(spanOf));
  OVERDUE.set(delay, known);
  return known;
}

/** All times at which most streams of the engine were late at once, with or without a miss. */
function delaysOf({ streams, stalls, usualGap }: DiagnosisContext): readonly Episode[] {
  const known = DELAYS.get(streams);
  if (known !== undefined) return known;
  const ofEngine = new Set(streams);
  const weighed = stalls
    .filter(({ phase, stream }) => phase === 'decode' && ofEngine.has(stream))
    .map((stall) => ({ ...stall, missedCount: Math.max(1, stall.missedCount) }));
  const delays = findEpisodes([streams], weighed, usualGap.medianNs).filter(
    ({ scope }) => scope !== 'request',
  );
  DELAYS.set(streams, delays);
  return delays;
}
