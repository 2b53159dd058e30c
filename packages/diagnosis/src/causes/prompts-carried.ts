import { missedRatioWith } from '../but-for.js';
import type { Episode } from '../episodes.js';
import type { SampleLine } from '../telemetry/sample-line.js';
import type { DiagnosisContext, Observation } from './cause-rule.js';

/** So many prompt tokens, give or take. */
const AS_MANY_RATIO = 0.8;
const FEWEST_WINDOWS_COUNT = 3;
/** Steps that were slowed by half again as much, or more, are not as long. */
const AS_LONG_RATIO = 0.6;

/**
 * The prompts of a stall against the rest of the run: where as many tokens in as short a time held nobody up for about as long, at least as often as not, they
 * alone do not explain this one. Whether slack absorbed a stall is beside the point.
 */
export function carriedElsewhere(
  promptTokens: number,
  { startNs, endNs, stalls }: Episode,
  context: DiagnosisContext,
): Observation {
  const windowNs = endNs - startNs + 2 * context.usualGap.medianNs;
  const starts = windowStarts(AS_MANY_RATIO * promptTokens, windowNs, context);
  const leastNs = AS_LONG_RATIO * stalls.reduce((most, { excessNs }) => Math.max(most, excessNs), 0);
  const heldUpCount = starts.filter((atNs) =>
    context.decodeStalls.hasEndedWithin(atNs, atNs + windowNs, leastNs),
  ).length;
  const carriedCount = starts.length - heldUpCount;
  const isCarried = carriedCount >= FEWEST_WINDOWS_COUNT && carriedCount >= heldUpCount;
  return {
    name: 'windows_carried_elsewhere_count',
    value: carriedCount,
    logLikelihoodRatio: isCarried ? -5 : 0.5,
  };
}

/**
 * Whether prompts alone, at what they usually cost, would have missed deadlines: where streams would have carried that, something made them cost more, and
 * it is to blame.
 */
export function missedByPromptsAlone(
  predictedOverExcess: number,
  episode: Episode,
  { deadlines }: DiagnosisContext,
): Observation {
  const value = missedRatioWith(predictedOverExcess, episode, deadlines);
  return {
    name: 'missed_by_prompts_alone_ratio',
    value,
    logLikelihoodRatio: value >= ENOUGH_RATIO ? 0.5 : value < FAR_FROM_ENOUGH_RATIO ? -5 : -1,
  };
}

const ENOUGH_RATIO = 0.5;
const FAR_FROM_ENOUGH_RATIO = 0.25;

/** Starts of windows, apart from each other, in which at least so many prompt tokens were worked on: by the server's count, or by first tokens. */
function windowStarts(leastTokens: number, windowNs: number, context: DiagnosisContext): readonly number[] {
  for (const server of context.telemetry.servers) {
    const line = server.line('prompt_tokens_count');
    if (line !== undefined) return countedStarts(line, leastTokens, windowNs);
  }
  const first = context.streams
    .flatMap(({ promptTokens = 0, timings }) => {
      const atNs = timings.arrivalsNs[0];
      return atNs === undefined ? [] : [{ atNs, promptTokens }];
    })
    .sort((a, b) => a.atNs - b.atNs);
  return heavyWindows(first, leastTokens, windowNs);
}

interface Weighted {
  readonly atNs: number;
  readonly promptTokens: number;
}

function countedStarts(line: SampleLine, leastTokens: number, windowNs: number): readonly number[] {
  const grown: Weighted[] = [];
  line.timesNs.forEach((atNs, index) => {
    const promptTokens = (line.values[index] ?? NaN) - (line.values[index - 1] ?? NaN);
    if (promptTokens > 0) grown.push({ atNs, promptTokens });
  });
  return heavyWindows(grown, leastTokens, windowNs);
}

function heavyWindows(events: readonly Weighted[], leastTokens: number, windowNs: number): readonly number[] {
  const starts: number[] = [];
  let [from, sum] = [0, 0];
  let freeFromNs = -Infinity;
  events.forEach(({ atNs, promptTokens }) => {
    sum += promptTokens;
    for (; (events[from]?.atNs ?? Infinity) < atNs - windowNs; from += 1)
      sum -= events[from]?.promptTokens ?? 0;
    if (sum < leastTokens || atNs - windowNs < freeFromNs) return;
    starts.push(atNs - windowNs);
    freeFromNs = atNs;
  });
  return starts;
}
