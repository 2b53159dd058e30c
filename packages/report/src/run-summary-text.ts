import { durationNs, formatDuration } from '@fluidscope/units';
import { formatDistributionTable } from './distribution-table.js';
import { fluidityLines } from './fluidity-lines.js';
import { costLines, rateLimitLines } from './maas-lines.js';
import { ownTermsNote } from './own-terms-note.js';
import { renderTable } from './render-table.js';
import type { RunSummary } from './run-summary.js';

/** The summary for a terminal: verdict first, then latencies, load, failures, and how far the figures can be trusted. */
export function formatRunSummary(summary: RunSummary): string {
  const sections = [
    section('Fluidity', fluidityLines(summary.fluidity)),
    `Latency of ${summary.load.okCount} requests, from intended send\n${latencyTable(summary)}`,
    section('Load', loadLines(summary)),
    failureSection(summary),
    section('Rate limit', rateLimitLines(summary.rateLimit)),
    section('Cost', costLines(summary.cost)),
    section('Trust', trustLines(summary)),
    section('Warnings', summary.warnings),
  ];
  return sections.filter((text) => text !== '').join('\n');
}

function section(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : `${title}\n${lines.map((line) => `  ${line}\n`).join('')}`;
}

function latencyTable({ latency, fluidity }: RunSummary): string {
  return formatDistributionTable([
    { label: 'TTFT', unit: 'ms', distribution: latency.ttftNs },
    { label: 'TTFT from actual send', unit: 'ms', distribution: latency.ttftFromSentNs },
    ...(sameDistribution(latency.ttftVisibleNs, latency.ttftNs)
      ? []
      : [{ label: 'TTFT visible', unit: 'ms' as const, distribution: latency.ttftVisibleNs }]),
    { label: 'TBT per gap', unit: 'ms', distribution: latency.tbtNs },
    { label: 'Inter-chunk time', unit: 'ms', distribution: latency.interChunkTimeNs },
    { label: 'TPOT mean', unit: 'ms', distribution: latency.tpotMeanNs },
    { label: 'End to end', unit: 'ms', distribution: latency.endToEndNs },
    { label: 'Normalized latency', unit: 'ms', distribution: latency.normalizedLatencyNs },
    { label: 'Output', unit: 'tokens', distribution: latency.outputTokens },
    { label: 'Prompt', unit: 'tokens', distribution: latency.promptTokens },
    { label: 'Fluidity-index', unit: 'index', distribution: fluidity.perRequest },
    { label: 'Fluidity-index, decode', unit: 'index', distribution: fluidity.decodeFluidityPerRequest },
  ]);
}

function sameDistribution(a: { mean: number; count: number } | undefined, b: typeof a): boolean {
  return a?.mean === b?.mean && a?.count === b?.count;
}

function loadLines({ load, goodput }: RunSummary): string[] {
  const lines = [
    `requests        ${load.okCount} ok, ${load.errorCount} failed, ${load.cancelledCount} cancelled` +
      (load.unfinishedCount > 0 ? `, ${load.unfinishedCount} unfinished` : '') +
      (load.warmupCount > 0 ? ` (and ${load.warmupCount} warm-up, in no figure here)` : ''),
    `rate            asked ${perSecond(load.intendedRatePerS)}, sent ${perSecond(load.sentRatePerS)}, ended well ${perSecond(load.requestThroughputPerS)}`,
    `output          ${load.outputTokens} tokens, ${perSecond(load.outputTokenThroughputPerS)}`,
  ];
  const lateness = load.sendLatenessNs;
  if (lateness !== undefined) {
    lines.push(
      `lateness        p50 ${duration(lateness.p50)}, p99 ${duration(lateness.p99)}, max ${duration(lateness.max)} behind the schedule`,
    );
  }
  if (goodput !== undefined) {
    lines.push(
      `goodput         ${perSecond(goodput.requestsPerS)}  (${goodput.metCount} of ${goodput.requestsCount} requests met every term${ownTermsNote(goodput)})`,
    );
  }
  return lines;
}

function failureSection({ failures }: RunSummary): string {
  if (failures.length === 0) return '';
  const rows = failures.map(({ errorCode, httpStatus, count, example }) => [
    `  ${errorCode}${httpStatus === undefined ? '' : ` ${httpStatus}`}`,
    String(count),
    example ?? '-',
  ]);
  return `Failures (in no latency above)\n${renderTable(['  error', 'count', 'for example'], rows, ['left', 'right', 'left'])}`;
}

function trustLines({ stamps, losses }: RunSummary): string[] {
  const lines = [
    `token times     ${stampsText(stamps)}`,
    `clock           ${duration(stamps.stampOverheadNs)} a reading, steps of ${duration(stamps.clockResolutionNs)}`,
  ];
  if (stamps.unboundedStampsCount > 0) {
    lines.push(`                ${stamps.unboundedStampsCount} further stamps have no known bound`);
  }
  return [...lines, ...lossLines(losses)];
}

/** A source that fails the same way again and again takes one line. */
function lossLines(losses: RunSummary['losses']): string[] {
  const counts = new Map<string, number | undefined>();
  for (const { source, count, reason } of losses) {
    const what = `from ${source}: ${reason}`;
    const before = counts.has(what) ? counts.get(what) : 0;
    counts.set(what, before === undefined || count === undefined ? undefined : before + count);
  }
  return [...counts].map(([what, count]) => `lost            ${count ?? 'an unknown number'} ${what}`);
}

/** Who stamped, and how far the stamps are known: "kernel stamps, half known to within 2 µs, 99.9 % to within 40 µs, …". */
function stampsText({ chunksBySource, errorNs }: RunSummary['stamps']): string {
  const { kernel, user } = chunksBySource;
  if (kernel + user === 0) return 'none';
  const count = kernel > 0 && user > 0 ? `${kernel} kernel stamps, ${user} user stamps` : undefined;
  const sources = count ?? (kernel > 0 ? 'kernel stamps' : 'user stamps');
  if (errorNs === undefined) return `${sources}, no bound known`;
  const { p50, p999, max } = errorNs;
  return `${sources}, half known to within ${duration(p50)}, 99.9 % to within ${duration(p999)}, the worst to within ${duration(max)}`;
}

function duration(value: number): string {
  return formatDuration(durationNs(Math.round(value)));
}

function perSecond(value: number | undefined): string {
  return value === undefined ? '-' : `${value.toFixed(2)}/s`;
}
