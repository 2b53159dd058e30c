/** One iteration's work as its duration sees it. */
export interface BatchWork {
  /** Tokens run through the linear layers: all chunks and one for each decode. */
  readonly batchTokens: number;
  readonly sequenceCount: number;
  /** Sum over the prefill chunks of `chunk × (context + chunk / 2)`: the query-key pairs of their attention. */
  readonly prefillPairCount: number;
  /** Sum of the decoding requests' context lengths: the KV entries that decode attention reads. */
  readonly decodeContextTokens: number;
}

/** Coefficients of one GPU and one model, in (fractional) nanoseconds. */
export interface StepCosts {
  /** Paid by every iteration: launches, sampling, the scheduler's own time. */
  readonly baseNs: number;
  /** Measured time of the linear layers, ascending in tokens, from 1 token. Linear in between, and beyond the last two. */
  readonly linearLayers: readonly LinearLayersPoint[];
  readonly perPrefillPairNs: number;
  readonly perDecodeContextTokenNs: number;
  readonly perSequenceNs: number;
}

export interface LinearLayersPoint {
  readonly batchTokens: number;
  readonly elapsedNs: number;
}

/**
 * The expected duration of an iteration, noise left out:
 * `base + linear(tokens) + a × prefill pairs + b × decode context + h × sequences`.
 *
 * There is no separate `max(weights / bandwidth, …)`: a measured table holds that floor (it is flat where the weights' transfer
 * bounds it); `profiles.test.ts` checks each table against the floor.
 */
export function expectedStepNs(costs: StepCosts, work: BatchWork): number {
  return (
    costs.baseNs +
    linearLayersNs(costs.linearLayers, work.batchTokens) +
    costs.perPrefillPairNs * work.prefillPairCount +
    costs.perDecodeContextTokenNs * work.decodeContextTokens +
    costs.perSequenceNs * work.sequenceCount
  );
}

function linearLayersNs(table: readonly LinearLayersPoint[], batchTokens: number): number {
  let low = table[0];
  let high = table[1];
  if (low === undefined || high === undefined)
    throw new RangeError('Expected at least two points of linear layers');
  for (let index = 2; index < table.length && batchTokens > high.batchTokens; index++) {
    low = high;
    high = table[index] ?? high;
  }
  const nsPerToken = (high.elapsedNs - low.elapsedNs) / (high.batchTokens - low.batchTokens);
  return low.elapsedNs + nsPerToken * (batchTokens - low.batchTokens);
}
