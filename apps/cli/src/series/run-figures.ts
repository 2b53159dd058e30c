import type { RunSummary } from '@fluidscope/report';
import { z } from 'zod';

/** What a series keeps of each run: the rest is in its trace. Times are ns; absent where nothing was measured. */
export const runFiguresSchema = z.object({
  ok_count: z.int().min(0),
  failed_count: z.int().min(0),
  fluidity_index: z.number().optional(),
  missed_deadlines_ratio: z.number().optional(),
  ttft_p50_ns: z.number().optional(),
  ttft_p99_ns: z.number().optional(),
  tbt_p50_ns: z.number().optional(),
  tbt_p99_ns: z.number().optional(),
  request_throughput_per_s: z.number().optional(),
  output_token_throughput_per_s: z.number().optional(),
  failed_ratio: z.number().optional(),
});

export type RunFigures = z.infer<typeof runFiguresSchema>;

export function runFigures({ load, latency, fluidity }: RunSummary): RunFigures {
  const { missedDeadlinesCount, totalDeadlinesCount, fluidityIndex } = fluidity;
  const failedCount = load.errorCount + load.cancelledCount + load.unfinishedCount;
  return {
    ok_count: load.okCount,
    failed_count: failedCount,
    fluidity_index: fluidityIndex,
    missed_deadlines_ratio: ratio(missedDeadlinesCount, totalDeadlinesCount),
    ttft_p50_ns: latency.ttftNs?.p50,
    ttft_p99_ns: latency.ttftNs?.p99,
    tbt_p50_ns: latency.tbtNs?.p50,
    tbt_p99_ns: latency.tbtNs?.p99,
    request_throughput_per_s: load.requestThroughputPerS,
    output_token_throughput_per_s: load.outputTokenThroughputPerS,
    failed_ratio: ratio(failedCount, load.okCount + failedCount),
  };
}

function ratio(count: number, totalCount: number): number | undefined {
  return totalCount === 0 ? undefined : count / totalCount;
}
