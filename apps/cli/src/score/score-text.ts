import { fluidityLines, formatDistributionTable, ownTtftDeadlines } from '@fluidscope/report';
import type { FileScore } from './score-imported.js';

/** The file's figures for a terminal: the verdict, the latencies, what is in no figure. */
export function scoreText(file: FileScore): string {
  return [
    'Fluidity\n',
    ...verdictLines(file).map((line) => `  ${line}\n`),
    `\nLatency of ${file.run.requestsCount} requests (${file.imported.format}), from send\n`,
    latencyTable(file),
    failureText(file),
  ].join('');
}

function verdictLines({ run, rows, deadlines, fluidityIndex, goodput }: FileScore): string[] {
  const lines = fluidityLines({
    ttftDeadlineNs: deadlines.ttftDeadlineNs,
    tbtDeadlineNs: deadlines.tbtDeadlineNs,
    ownTtftDeadlines: ownTtftDeadlines(rows.flatMap(({ ttftDeadline }) => ttftDeadline ?? [])),
    missedDeadlinesCount: run.missedDeadlinesCount,
    totalDeadlinesCount: run.totalDeadlinesCount,
    fluidityIndex,
    perRequest: run.fluidityIndex,
    tokenFluidityPerRequest: run.tokenFluidityIndex,
    decodeFluidityPerRequest: run.decodeFluidityIndex,
    fluidTokenGenerationRate: run.fluidTokenGenerationRate,
  });
  if (goodput !== undefined) {
    const rate = goodput.requestsPerS === undefined ? '' : `${goodput.requestsPerS.toFixed(2)}/s  `;
    lines.push(
      `goodput         ${rate}(${goodput.metCount} of ${goodput.requestsCount} requests met every term)`,
    );
  }
  return lines;
}

function latencyTable({ run }: FileScore): string {
  return formatDistributionTable([
    { label: 'TTFT', unit: 'ms', distribution: run.ttftNs },
    { label: 'TBT per gap', unit: 'ms', distribution: run.tbtNs },
    { label: 'Inter-chunk time', unit: 'ms', distribution: run.interChunkNs },
    { label: 'TPOT mean', unit: 'ms', distribution: run.tpotMeanNs },
    { label: 'End to end', unit: 'ms', distribution: run.endToEndNs },
    { label: 'Normalized latency', unit: 'ms', distribution: run.normalizedLatencyNs },
    { label: 'Smallest TBT deadline', unit: 'ms', distribution: run.minTbtDeadlineNs },
    { label: 'Fluidity-index', unit: 'index', distribution: run.fluidityIndex },
    { label: 'Fluidity-index, tokens', unit: 'index', distribution: run.tokenFluidityIndex },
    { label: 'Fluidity-index, decode', unit: 'index', distribution: run.decodeFluidityIndex },
  ]);
}

/** Requests that are in no figure, by reason, most frequent first. */
function failureText({ rows }: FileScore): string {
  const counts = new Map<string, number>();
  for (const { request } of rows) {
    if (request.status === 'ok') continue;
    const reason = `${request.status === 'error' ? 'failed' : 'not scored'}: ${request.reason}`;
    counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  if (counts.size === 0) return '';
  const lines = [...counts].sort(([, a], [, b]) => b - a).map(([reason, count]) => `  ${count} ${reason}\n`);
  return `\nIn no figure above\n${lines.join('')}`;
}
