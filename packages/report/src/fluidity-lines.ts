import { durationNs, formatDuration } from '@fluidscope/units';
import { ttftDeadlineText } from './first-token-deadlines.js';
import type { FluiditySummary } from './run-summary.js';

/** The verdict for a terminal, one fact a line: the pooled index, its spread over requests, the fluid rate. */
export function fluidityLines(fluidity: FluiditySummary): string[] {
  const { fluidityIndex, perRequest, fluidTokenGenerationRate: rate } = fluidity;
  if (fluidityIndex === undefined) return ['fluidity-index  not measured: no request produced a token'];
  const lines = [
    `fluidity-index  ${fluidityIndex.toFixed(4)}  (${fluidity.missedDeadlinesCount} of ${fluidity.totalDeadlinesCount} deadlines missed${deadlinesText(fluidity)})`,
  ];
  if (perRequest !== undefined) {
    lines.push(
      `per request     mean ${perRequest.mean.toFixed(4)}, median ${perRequest.p50.toFixed(4)}, worst ${perRequest.min.toFixed(4)}`,
    );
  }
  if (rate !== undefined) {
    lines.push(
      `fluid rate      ${rate.tokensPerS.toFixed(1)} tokens/s  (99 % of requests reach 0.9 at ${formatDuration(rate.deadlineNs)} a token; Etalon's way ${rate.etalonCompatibleTokensPerS.toFixed(1)})`,
    );
  }
  return lines;
}

function deadlinesText({ ttftDeadlineNs, tbtDeadlineNs, ownTtftDeadlines }: FluiditySummary): string {
  if (ttftDeadlineNs === undefined || tbtDeadlineNs === undefined) return '';
  return `; ${ttftDeadlineText(ttftDeadlineNs, ownTtftDeadlines)}, later ones ${formatDuration(durationNs(tbtDeadlineNs))} apart`;
}
