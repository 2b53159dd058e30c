/** A part of the matrix. */
export interface Part {
  readonly families: readonly string[];
  /** Whether this seed belongs to the part. */
  readonly hasSeed: (seed: number) => boolean;
}

/**
 * What rules and thresholds may be tuned on, and what only tells how good they are. No family and no seed is in both; `split.test.ts` notices
 * a family that is in neither.
 */
export const SPLIT = {
  tuning: {
    families: ['chat', 'closed-loop', 'assistants', 'digests'],
    hasSeed: (seed) => seed >= 1 && seed <= 20,
  },
  heldOut: { families: ['a100', 'summaries'], hasSeed: (seed) => seed >= 101 },
} as const satisfies Readonly<Record<string, Part>>;

export type PartName = keyof typeof SPLIT;

/** The part that a run belongs to; `undefined` for a family of one with a seed of the other, which is in neither. */
export function partOf(family: string, seed: number): PartName | undefined {
  const names = Object.keys(SPLIT) as PartName[];
  return names.find((name) => {
    const part: Part = SPLIT[name];
    return part.families.includes(family) && part.hasSeed(seed);
  });
}
