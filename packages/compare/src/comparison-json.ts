import { formatChangeTerm, formatMetric, formatRunTerm, type Interval } from '@fluidscope/slo';
import type { Json } from '@fluidscope/trace-schema';
import type { ComparedFigure, Comparison } from './compare-runs.js';
import type { ComparedRun } from './compared-run.js';
import type { JudgedGate } from './judge-gates.js';
import type { Blocks } from './replicates.js';

/** As `--json` prints it: latencies in ns, shares from 0 to 1, rates a second; absent, unknown and infinite are null. */
export function comparisonJson(comparison: Comparison, gates: readonly JudgedGate[]): Json {
  const { first, second, blocks, warnings, figures, causes, options } = comparison;
  return {
    runs: [runJson(first, blocks.first), runJson(second, blocks.second)],
    confidence: options.confidenceRatio,
    resamples: options.resamplesCount,
    seed: options.seed,
    warnings,
    figures: figures.map(figureJson),
    causes:
      causes.kind === 'not_diagnosed'
        ? null
        : causes.costs.map((cost) => ({
            cause: cost.cause,
            missed: [cost.firstMissedCount, cost.secondMissedCount],
            missed_share: [cost.firstRatio, cost.secondRatio],
          })),
    gates: gates.map(gateJson),
  };
}

function runJson({ name, run, requests, leftOutCount }: ComparedRun, { blockRequests }: Blocks): Json {
  const failed = requests.filter(({ score }) => score === undefined).length;
  return {
    name,
    run_id: run.runId,
    requests: requests.length,
    failed_requests: failed,
    left_out_requests: leftOutCount,
    block_requests: blockRequests,
  };
}

function figureJson({ metric, first, second, difference, word }: ComparedFigure): Json {
  return {
    metric: formatMetric(metric),
    values: [finite(first), finite(second)],
    difference: finite(difference?.value),
    difference_interval: intervalJson(difference?.interval),
    relative_difference: finite(difference?.ratio),
    relative_interval: intervalJson(difference?.ratioInterval),
    word,
  };
}

function gateJson({ gate, value, limit, interval, verdict }: JudgedGate): Json {
  return {
    gate: gateText({ gate }),
    value: finite(value),
    limit,
    interval: intervalJson(interval),
    verdict,
  };
}

/** A gate in the grammar. */
export function gateText({ gate }: Pick<JudgedGate, 'gate'>): string {
  return gate.kind === 'limit' ? formatRunTerm(gate.term) : formatChangeTerm(gate.term);
}

function intervalJson(interval: Interval | undefined): Json {
  return interval === undefined ? null : [finite(interval.low), finite(interval.high)];
}

function finite(value: number | undefined): number | null {
  return value === undefined || !Number.isFinite(value) ? null : value;
}
