import type { Episode } from '../episodes.js';
import type { SlowMiss } from '../slow-misses.js';
import type { Stall } from '../stalls.js';
import type { TokenStream } from '../token-stream.js';
import type { CauseRule, DiagnosisContext, Suspicion } from './cause-rule.js';

/** A stream that misses without a stall was slow for a while before. */
const BEFORE_NS = 1_000_000_000;
/** What a pace exceeds the deadline by may be next to nothing; budgets are then told by this share of the time. */
const LEAST_EXCESS_RATIO = 0.05;

const SPANS = new WeakMap<readonly SlowMiss[], readonly Episode[]>();

/**
 * The times in which streams were slow without any stall, each as an episode whose excess is what the streams fell behind their deadlines: so that what slows every step a little
 * is judged as what stops one is.
 */
export function slowSpans({ slowMisses, deadlines }: DiagnosisContext): readonly Episode[] {
  const known = SPANS.get(slowMisses);
  if (known !== undefined) return known;
  const clusters: SlowMiss[][] = [];
  let endNs = -Infinity;
  for (const miss of slowMisses) {
    if (miss.atNs - BEFORE_NS <= endNs) clusters.at(-1)?.push(miss);
    else clusters.push([miss]);
    endNs = miss.atNs;
  }
  const spans = clusters.map((misses, index) => spanOf(misses, index, deadlines.tbtDeadlineNs));
  SPANS.set(slowMisses, spans);
  return spans;
}

function spanOf(misses: readonly SlowMiss[], index: number, tbtDeadlineNs: number): Episode {
  const startNs = (misses[0]?.atNs ?? NaN) - BEFORE_NS;
  const endNs = misses.at(-1)?.atNs ?? NaN;
  const stalls = [...new Set(misses.map(({ stream }) => stream))].map((stream) =>
    slowStall(
      stream,
      misses.filter((miss) => miss.stream === stream),
      { fromNs: startNs, toNs: endNs, tbtDeadlineNs },
    ),
  );
  return {
    episodeId: `slow-${index + 1}`,
    engineIndex: 0,
    phase: 'decode',
    startNs,
    endNs,
    stalls,
    missedCount: stalls.reduce((sum, { missedCount }) => sum + missedCount, 0),
    decodingStreamsCount: stalls.length,
    scopeRatio: undefined,
    scope: undefined,
    catchUpRatio: undefined,
    periodicity: undefined,
  };
}

function slowStall(
  stream: TokenStream,
  misses: readonly SlowMiss[],
  span: { readonly fromNs: number; readonly toNs: number; readonly tbtDeadlineNs: number },
): Stall {
  const { arrivalsNs, tokenCounts } = stream.timings;
  let [firstNs, lastNs, tokens] = [NaN, NaN, 0];
  arrivalsNs.forEach((atNs, index) => {
    if (atNs < span.fromNs || atNs > span.toNs) return;
    if (Number.isNaN(firstNs)) firstNs = atNs;
    else tokens += tokenCounts[index] ?? 0;
    lastNs = atNs;
  });
  const elapsedNs = Math.max(1, lastNs - firstNs);
  const excessNs = Math.max(LEAST_EXCESS_RATIO * elapsedNs, elapsedNs - tokens * span.tbtDeadlineNs);
  const expectedNs = elapsedNs - excessNs;
  return {
    stream,
    chunkIndex: misses[0]?.chunkIndex ?? 0,
    phase: 'decode',
    startNs: firstNs,
    endNs: lastNs,
    excessNs,
    expected: { medianNs: expectedNs, limitNs: expectedNs },
    missedCount: misses.reduce((sum, { missedCount }) => sum + missedCount, 0),
    lateChunkIndices: [],
  };
}

/** What a rule that judges episodes says of the slow times of a run: of each place what it said of the span that cost most, for the share of the misses that it spoke of. */
export function judgeSlowSpans(
  judge: CauseRule['judge'],
): (context: DiagnosisContext) => readonly Suspicion[] {
  return (context) => {
    const spans = slowSpans(context);
    const total = spans.reduce((sum, { missedCount }) => sum + missedCount, 0);
    const said = spans.flatMap((span) =>
      judge(span, context)
        .filter(
          ({ observations }) => observations.reduce((sum, each) => sum + each.logLikelihoodRatio, 0) > 0,
        )
        .map((suspicion) => ({ suspicion, missedCount: span.missedCount })),
    );
    return [...new Set(said.map(({ suspicion }) => suspicion.sourceId))].flatMap((sourceId) => {
      const ofPlace = said.filter(({ suspicion }) => suspicion.sourceId === sourceId);
      const [most] = ofPlace.toSorted((a, b) => b.missedCount - a.missedCount);
      const explained = ofPlace.reduce(
        (sum, { suspicion, missedCount }) => sum + suspicion.explainedRatio * missedCount,
        0,
      );
      return most === undefined ? [] : [{ ...most.suspicion, explainedRatio: explained / total }];
    });
  };
}
