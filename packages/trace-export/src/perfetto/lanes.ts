/** Something that takes a stretch of time. */
export interface Stretch {
  readonly fromNs: number;
  /** Infinity where its end is not known. */
  readonly toNs: number;
}

/**
 * Puts stretches, in order of their start, on as few lanes as they need: on one lane each begins after the one before it has ended. Returns
 * the lane of each, from 0. Two that touch are kept apart: which of two events at one instant comes first is not for a reader to guess.
 */
export function lanesOf(stretches: readonly Stretch[]): number[] {
  const endsNs: number[] = [];
  return stretches.map(({ fromNs, toNs }) => {
    const free = endsNs.findIndex((endNs) => endNs < fromNs);
    const lane = free === -1 ? endsNs.length : free;
    endsNs[lane] = toNs;
    return lane;
  });
}
