import type { Episode } from '../episodes.js';
import type { Stall } from '../stalls.js';
import type { DiagnosisContext } from './cause-rule.js';

/** An engine step that all streams which it served saw as long. */
interface SlowStep {
  readonly startNs: number;
  readonly endNs: number;
  readonly excessNs: number;
}

/** Steps that burn less than this of a deadline are no chunk to speak of. */
const LEAST_EXCESS_RATIO = 1;
/** A chunk is too large where its step passes so many deadlines. */
const TOO_LARGE_DEADLINES_COUNT = 2;
const FEWEST_ALIKE_COUNT = 3;
/** Chunks of one size take about as long: attention to what was computed before makes the later ones longer. */
const ALIKE_RATIO = 0.35;
const SAME_STEP_RATIO = 0.5;
const SHORTER_RATIO = 0.3;
const SHORTER_COUNT_RATIO = 0.7;

const FIRST_CHUNKS = new WeakMap<readonly Stall[], readonly number[]>();

/**
 * By how much a step with a full chunk is too long, where the prompts of this episode were cut into chunks that are too large for the deadline:
 * at several times in the run a slow step that gave no first token was followed at once by another, these took about as long, and no step of this
 * episode took longer. `undefined` where nothing shows chunks, or they are small enough.
 */
export function chunkExcessNs(episode: Episode, context: DiagnosisContext): number | undefined {
  if (!FIRST_CHUNKS.has(context.stalls)) FIRST_CHUNKS.set(context.stalls, firstChunkExcessesNs(context));
  const longestNs = episode.stalls.reduce((most, { excessNs }) => Math.max(most, excessNs), 0);
  const asLong = (FIRST_CHUNKS.get(context.stalls) ?? []).filter((ns) => (1 + ALIKE_RATIO) * ns >= longestNs);
  const nearestNs = asLong[0];
  if (nearestNs === undefined) return undefined;
  const alike = asLong.filter((ns) => ns <= (1 + ALIKE_RATIO) ** 2 * nearestNs);
  const middleNs = alike[alike.length >> 1] ?? nearestNs;
  const { usualGap, deadlines } = context;
  // The same chunks were faster elsewhere: not their size is what made these steps so long.
  const shorterCount = (FIRST_CHUNKS.get(context.stalls) ?? []).filter(
    (ns) => ns >= SHORTER_RATIO * middleNs && ns * (1 + ALIKE_RATIO) < middleNs,
  ).length;
  if (shorterCount >= SHORTER_COUNT_RATIO * alike.length) return undefined;
  const isTooLarge = middleNs + usualGap.medianNs >= TOO_LARGE_DEADLINES_COUNT * deadlines.tbtDeadlineNs;
  return alike.length >= FEWEST_ALIKE_COUNT && isTooLarge ? middleNs : undefined;
}

/** In order of length. */
function firstChunkExcessesNs(context: DiagnosisContext): readonly number[] {
  const { usualGap, batch } = context;
  const steps = slowSteps(context);
  const halfGapNs = SAME_STEP_RATIO * usualGap.medianNs;
  return steps
    .flatMap(({ endNs, excessNs }, index) => {
      const next = steps[index + 1];
      // Overdue from one usual gap after the step before: the next step began where this one ended.
      const isFollowed =
        next !== undefined &&
        next.startNs >= endNs - halfGapNs &&
        next.startNs - endNs < usualGap.medianNs + halfGapNs;
      const gaveFirstToken = batch.joinedWithin(endNs - halfGapNs, endNs + halfGapNs).length > 0;
      return isFollowed && !gaveFirstToken ? [excessNs] : [];
    })
    .sort((a, b) => a - b);
}

function slowSteps({ stalls, deadlines, usualGap }: DiagnosisContext): readonly SlowStep[] {
  const steps: { startNs: number; endNs: number; excessNs: number }[] = [];
  const leastNs = LEAST_EXCESS_RATIO * deadlines.tbtDeadlineNs;
  const long = stalls.filter(({ phase, excessNs }) => phase === 'decode' && excessNs >= leastNs);
  for (const { startNs, endNs, excessNs } of long.toSorted((a, b) => a.endNs - b.endNs)) {
    const last = steps.at(-1);
    if (last !== undefined && endNs - last.endNs < SAME_STEP_RATIO * usualGap.medianNs) {
      last.excessNs = Math.max(last.excessNs, excessNs);
      last.startNs = Math.min(last.startNs, startNs);
    } else steps.push({ startNs, endNs, excessNs });
  }
  return steps;
}
