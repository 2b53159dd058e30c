import type { CapacityReport } from '@fluidscope/report';
import type { Json } from '@fluidscope/trace-schema';
import type { CapacityConfig } from './capacity-config.js';
import type { CapacityResult } from './search-capacity.js';

/** The answer and every point; times in ns, absent values null. */
export function capacityJson({ report, newRunsCount }: CapacityResult, { by }: CapacityConfig): Json {
  return {
    by,
    slo: report.slo,
    ...verdictJson(report),
    binds: bindingJson(report),
    runs_count: report.runsCount,
    new_runs_count: newRunsCount,
    requests_count: report.requestsCount,
    load_duration_ns: report.elapsedNs,
    points: report.points.map((point) => ({
      load: point.load,
      verdict: point.verdict,
      requests_count: point.requestsCount,
      failed_count: point.failedCount,
      terms: report.terms.map(({ name, targetRatio }, index) => ({
        term: name,
        target_ratio: targetRatio,
        good_ratio: point.termRatios[index] ?? null,
      })),
      fluidity_index: point.fluidityIndex ?? null,
      ttft_p50_ns: point.ttftP50Ns ?? null,
      ttft_p99_ns: point.ttftP99Ns ?? null,
      tbt_p50_ns: point.tbtP50Ns ?? null,
      tbt_p99_ns: point.tbtP99Ns ?? null,
      goodput_per_s: point.goodputPerS ?? null,
    })),
  };
}

function verdictJson({ verdict }: CapacityReport): { readonly [key: string]: Json } {
  const isFound = verdict.kind === 'found';
  return {
    answer: verdict.kind,
    load: 'load' in verdict ? verdict.load : null,
    low_load: isFound ? verdict.lowLoad : null,
    high_load: isFound ? verdict.highLoad : null,
    fails_first: isFound ? verdict.failsFirst : null,
    ended_early_by: ('shortOf' in verdict ? verdict.shortOf : undefined) ?? null,
  };
}

function bindingJson({ binding }: CapacityReport): Json {
  if (binding === undefined) return null;
  if ('unknownBecause' in binding) return { cause: 'unknown', because: binding.unknownBecause };
  const { load, isBurst = false, cause, headline, evidence, advice } = binding;
  return { cause, load, is_burst: isBurst, headline, evidence, advice: advice ?? null };
}
