/** What is seen of a run: everything, or less. */
export const TIERS = ['all', 'no-gpu-agent', 'no-server-metrics', 'tokens-alone'] as const;
export type Tier = (typeof TIERS)[number];

/** One run of the matrix, to be judged by what each tier shows of it. */
export interface RunSpec {
  readonly scenario: string;
  readonly family: string;
  readonly seed: number;
  readonly tiers: readonly Tier[];
}
