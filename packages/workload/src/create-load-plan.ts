import { UsageError } from '@fluidscope/errors';
import { lazy } from './lazy.js';
import { createOutputSource, type OutputSource } from './output-source.js';
import { planProblems } from './plan-problems.js';
import type { LoadPlan, PlannedRequest, TokenCounter } from './plan.js';
import { countArrivals, plannedArrivals, type PlannedArrival } from './planned-arrivals.js';
import { createPromptSource, type PromptSource } from './prompt-source.js';
import { rowAt } from './row-at.js';
import { parseWorkloadSpec } from './spec-schema.js';
import type { DatasetRow, WorkloadSpec } from './spec.js';

export interface LoadPlanDeps {
  readonly tokenCounter: TokenCounter;
  /** In order of time, as `parseDataset` gives it. Needed where the spec says `recorded`. */
  readonly dataset?: readonly DatasetRow[] | undefined;
}

interface Sources {
  readonly promptAt: PromptSource;
  readonly outputTokensAt: OutputSource;
  readonly rows: readonly DatasetRow[];
}

/**
 * The plan of a workload: a function of the spec, the data set and the token counter, and of nothing else.
 *
 * Warm-up requests come first, with arrivals, lengths and texts of their own, and the measured schedule begins when the
 * next warm-up request would be due: the measured requests are the same, merely later, whatever the warm-up. In a
 * closed loop and all at once there is no schedule: warm-up requests are then merely first in order.
 *
 * Throws a `UsageError` with every problem of the spec, or of the spec with this data set.
 */
export function createLoadPlan(spec: WorkloadSpec, { tokenCounter, dataset }: LoadPlanDeps): LoadPlan {
  const checked = parseWorkloadSpec(spec);
  const problems = planProblems(checked, dataset ?? []);
  if (problems.length > 0) throw new UsageError(problems, { code: 'workload.plan' });
  const rows = dataset ?? [];
  const sources = {
    promptAt: createPromptSource(checked, tokenCounter, rows),
    outputTokensAt: createOutputSource(checked, tokenCounter, rows),
    rows,
  };
  const requestCount = lazy(() => countArrivals(checked, rows));
  return {
    *requests() {
      let requestIndex = 0;
      for (const arrival of plannedArrivals(checked, rows)) {
        yield plannedRequest(requestIndex, arrival, sources);
        requestIndex += 1;
      }
    },
    concurrencyCount: checked.arrivals.kind === 'closed_loop' ? checked.arrivals.concurrencyCount : undefined,
    get requestCount() {
      return requestCount();
    },
  };
}

/** Lengths and text are worked out when they are asked for: a shard pays for its own requests alone. */
function plannedRequest(
  requestIndex: number,
  { phase, position, offsetNs }: PlannedArrival,
  { promptAt, outputTokensAt, rows }: Sources,
): PlannedRequest {
  const prompt = promptAt(phase, position);
  const outputTokens = lazy(() => outputTokensAt(phase, position));
  return {
    requestIndex,
    phase,
    intendedOffsetNs: offsetNs,
    get promptTokens() {
      return prompt.countTokens();
    },
    promptTokensSource: prompt.promptTokensSource,
    get outputTokens() {
      return outputTokens();
    },
    slo: phase === 'warmup' || rows.length === 0 ? undefined : rowAt(rows, position).slo,
    buildPrompt: () => prompt.build(),
  };
}
