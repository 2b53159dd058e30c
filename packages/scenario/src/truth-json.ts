import type { Json } from '@fluidscope/trace-schema';
import type { DeadlineCounts, Truth } from './but-for-truth.js';
import type { Scenario } from './scenario.js';

/** The truth as the file beside a trace: snake_case, plain numbers, and how the agents' clocks really stood. */
export function truthToJson(truth: Truth, scenario: Scenario): Json {
  return {
    scenario: truth.scenario,
    seed: truth.seed,
    ...countsToJson(truth.whole),
    without: Object.fromEntries(
      Object.entries(truth.without).map(([id, counts]) => [id, countsToJson(counts)]),
    ),
    without_all: countsToJson(truth.withoutAll),
    faults: truth.faults.map(({ id, kind, replicaIndex, windows }) => ({
      id,
      kind,
      replica: replicaIndex ?? null,
      windows: windows.map(({ fromNs, toNs }) => [fromNs, toNs]),
    })),
    agent_clocks: clocksToJson(scenario),
    misses: truth.misses.map((miss) => ({
      request_id: miss.requestId,
      seq: miss.seq,
      due_ns: miss.dueNs,
      arrival_ns: miss.arrivalNs,
      missed_count: miss.missedCount,
      effects: { ...miss.effects },
      shares: { ...miss.shares },
      baseline_share: miss.baselineShare,
    })),
  };
}

function countsToJson({ missedCount, totalCount }: DeadlineCounts): { readonly [key: string]: Json } {
  return {
    missed_count: missedCount,
    total_count: totalCount,
    fluidity_index: totalCount === 0 ? null : (totalCount - missedCount) / totalCount,
  };
}

function clocksToJson({ telemetry }: Scenario): Json {
  const clock = telemetry.agents?.clock;
  if (clock === undefined) return null;
  return {
    offset_ns: clock.offsetNs,
    drift_ppm: clock.driftPpm,
    step_ns: clock.stepNs,
    step_at_ns: clock.stepAtNs ?? null,
  };
}
