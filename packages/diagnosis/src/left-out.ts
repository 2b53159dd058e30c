import type { RequestRow } from '@fluidscope/trace-schema';
import type { TokenStream } from './token-stream.js';

/** Why a request is no part of the diagnosis. */
export type LeftOutReason =
  'in_flight_at_the_end' | 'failed' | 'cancelled' | 'no_tokens' | 'arrivals_out_of_order' | 'not_whole_times';

/** Measured requests that could not be judged. */
export interface LeftOut {
  readonly reason: LeftOutReason;
  readonly requestsCount: number;
  /** One of them, to look at. */
  readonly firstRequestIndex: number;
}

/** Streams whose times keep their contract, and what is wrong with the others: nothing can be said of a token whose arrival is not known. */
export function judgeable(streams: readonly TokenStream[]): {
  readonly judged: readonly TokenStream[];
  readonly leftOut: readonly LeftOut[];
} {
  const judged: TokenStream[] = [];
  const problems: Problem[] = [];
  for (const stream of streams) {
    const reason = problemOf(stream);
    if (reason === undefined) judged.push(stream);
    else problems.push({ reason, requestIndex: stream.requestIndex });
  }
  return { judged, leftOut: grouped(problems) };
}

/** Measured requests that have no answer to judge. */
export function unanswered(requests: readonly RequestRow[]): readonly LeftOut[] {
  return grouped(
    requests
      .filter(({ phase, status }) => phase === 'measured' && status !== 'ok')
      .map(({ status, requestIndex }) => ({
        requestIndex,
        reason:
          status === undefined ? 'in_flight_at_the_end' : status === 'cancelled' ? 'cancelled' : 'failed',
      })),
  );
}

interface Problem {
  readonly reason: LeftOutReason;
  readonly requestIndex: number;
}

function problemOf({ sentNs, timings }: TokenStream): LeftOutReason | undefined {
  const { startNs, arrivalsNs, tokenCounts } = timings;
  if (arrivalsNs.length === 0 || tokenCounts.every((count) => count === 0)) return 'no_tokens';
  if (!Number.isSafeInteger(startNs) || !Number.isFinite(sentNs) || !arrivalsNs.every(Number.isSafeInteger))
    return 'not_whole_times';
  const isInOrder = arrivalsNs.every((arrivalNs, index) => arrivalNs >= (arrivalsNs[index - 1] ?? startNs));
  return isInOrder ? undefined : 'arrivals_out_of_order';
}

function grouped(problems: readonly Problem[]): readonly LeftOut[] {
  const byReason = new Map<LeftOutReason, LeftOut>();
  for (const { reason, requestIndex } of problems) {
    const known = byReason.get(reason);
    byReason.set(reason, {
      reason,
      requestsCount: (known?.requestsCount ?? 0) + 1,
      firstRequestIndex: known?.firstRequestIndex ?? requestIndex,
    });
  }
  return [...byReason.values()];
}
