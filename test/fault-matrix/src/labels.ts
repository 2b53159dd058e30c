import type { Cause } from '@fluidscope/trace-schema';

/** What a miss is laid to: a cause, or the load itself where no fault had a part in it. */
export type Label = Cause | 'load';

/** Shares of a miss by label, 1 in all. */
export type Shares = ReadonlyMap<Label, number>;

/** What a load does to deadlines by itself. Of a miss that no fault is behind, any of these, and `unknown`, may be said. */
export const CAUSES_OF_LOAD: ReadonlySet<Label> = new Set<Label>([
  'baseline_slower_than_deadline',
  'prefill_interference',
  'prefill_chunk_too_large',
  'batch_growth',
  'queueing',
  'unknown',
]);

export function addShare(shares: Map<Label, number>, label: Label, share: number): void {
  shares.set(label, (shares.get(label) ?? 0) + share);
}
