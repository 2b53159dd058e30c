import { judgedByPrefill } from '@fluidscope/prefill';
import type { TraceReader } from '@fluidscope/trace-schema';
import { openTraceReader } from '@fluidscope/trace-store';
import type { PrefillDeadlines } from './deadline-flags.js';

/** Opens a trace, judged by a prefill profile instead of the run's own first-token deadlines where one is given. */
export async function openJudgedReader(
  path: string,
  prefill: PrefillDeadlines | undefined,
): Promise<TraceReader> {
  const reader = await openTraceReader(path);
  return prefill === undefined ? reader : judgedByPrefill(reader, prefill.rule, prefill.recorded);
}
