import { durationNs } from '@fluidscope/units';
import type { LoadPlan, PlannedRequest } from '@fluidscope/workload';

/** A plan of warm-up and measured requests at the given offsets; `undefined`: no time of its own. */
export function planOf(
  measuredOffsetsNs: readonly (number | undefined)[],
  rest: {
    readonly warmupOffsetsNs?: readonly (number | undefined)[];
    readonly concurrencyCount?: number;
  } = {},
): LoadPlan {
  const warmup = (rest.warmupOffsetsNs ?? []).map((offsetNs) => ({ phase: 'warmup' as const, offsetNs }));
  const measured = measuredOffsetsNs.map((offsetNs) => ({ phase: 'measured' as const, offsetNs }));
  const requests = [...warmup, ...measured].map(({ phase, offsetNs }, requestIndex): PlannedRequest => {
    return {
      requestIndex,
      phase,
      intendedOffsetNs: offsetNs === undefined ? undefined : durationNs(offsetNs),
      promptTokens: 5,
      promptTokensSource: 'approximation',
      outputTokens: 3,
      buildPrompt: () => ({ kind: 'text', text: `prompt ${requestIndex}` }),
    };
  });
  return {
    requests: () => requests,
    concurrencyCount: rest.concurrencyCount,
    requestCount: requests.length,
  };
}
