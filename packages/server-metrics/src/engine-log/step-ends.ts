import type { TimeRange } from './placed-line.js';

interface StampedStep extends TimeRange {
  readonly elapsedNs: number;
}

/**
 * Narrows when each of one engine's steps ended, beyond what its stamp says: a step takes as long as it says, so it ends that much after the one before, and the
 * one before that much ahead of it. Where steps overlap so that this contradicts the stamps, these alone count.
 */
export function stepEnds(steps: readonly StampedStep[]): readonly TimeRange[] {
  const fromNs = new Float64Array(steps.length);
  const toNs = new Float64Array(steps.length);
  steps.forEach((step, index) => {
    fromNs[index] = Math.max(step.fromNs, (fromNs[index - 1] ?? -Infinity) + step.elapsedNs);
  });
  for (let index = steps.length - 1; index >= 0; index -= 1) {
    const nextBeganNs = (toNs[index + 1] ?? Infinity) - (steps[index + 1]?.elapsedNs ?? 0);
    toNs[index] = Math.min(steps[index]?.toNs ?? NaN, nextBeganNs);
  }
  const isSound = fromNs.every((from, index) => from <= (toNs[index] ?? NaN));
  return isSound
    ? steps.map((_, index) => ({ fromNs: fromNs[index] ?? NaN, toNs: toNs[index] ?? NaN }))
    : steps;
}
