import type { MissTruth } from '@fluidscope/scenario';
import type { Cause } from '@fluidscope/trace-schema';
import { addShare, type Label, type Shares } from './labels.js';

/** A miss by what its faults should be called. What no fault, or one that should be blamed for nothing, is behind is the load's. */
export function truthShares(
  miss: Pick<MissTruth, 'shares' | 'baselineShare'>,
  causeOf: Readonly<Record<string, Cause>>,
): Shares {
  const shares = new Map<Label, number>();
  for (const [id, share] of Object.entries(miss.shares)) addShare(shares, causeOf[id] ?? 'load', share);
  if (miss.baselineShare > 0) addShare(shares, 'load', miss.baselineShare);
  return shares;
}
