import { durationNs, formatDuration } from '@fluidscope/units';
import { LATE_SEND_NS, type LoadTally } from './load-tally.js';
import type { RunWarning } from './run-result.js';

/** What a reader of a load's figures must know, from its sums. */
export function warningsOf(tally: LoadTally): RunWarning[] {
  return WARNINGS.map((warn) => warn(tally)).filter((warning) => warning !== undefined);
}

const WARNINGS: readonly ((tally: LoadTally) => RunWarning | undefined)[] = [
  warmupFailed,
  queuedByCap,
  lateSends,
  brokenReuse,
  rateLimited,
  paced,
  neverSent,
  tokenCountDisagrees,
  tokenCountFailed,
];

function warmupFailed({ warmupFailedCount, warmupCount }: LoadTally): RunWarning | undefined {
  if (warmupFailedCount === 0) return undefined;
  const message = `${warmupFailedCount} of ${warmupCount} warm-up requests failed: the server may have been cold when the measured load began`;
  return { code: 'warmup_failed', message };
}

function queuedByCap({ queuedCount, sentCount, maxQueuedNs }: LoadTally): RunWarning | undefined {
  if (queuedCount === 0) return undefined;
  const message = `${queuedCount} of ${sentCount} requests waited for the concurrency cap, up to ${text(maxQueuedNs)}: the load was not the one asked for. Latencies count from the intended time and include the wait`;
  return { code: 'queued_by_cap', message };
}

function lateSends({ lateSendsCount, sentCount, maxLatenessNs }: LoadTally): RunWarning | undefined {
  if (lateSendsCount === 0) return undefined;
  const message = `${lateSendsCount} of ${sentCount} requests were sent more than ${text(LATE_SEND_NS)} late, up to ${text(maxLatenessNs)}: the load generator was short of CPU. Latencies count from the intended time and include it; use --workers, or a machine with more cores`;
  return { code: 'late_sends', message };
}

function brokenReuse({ brokenReuseCount, sentCount }: LoadTally): RunWarning | undefined {
  if (brokenReuseCount === 0) return undefined;
  const message = `${brokenReuseCount} of ${sentCount} requests failed on kept-alive connections that broke before a response: the server may have closed them before it had the request, as it does to its users (the trace's kept_alive_broke events say how long each was idle). Compare with --no-keep-alive`;
  return { code: 'kept_alive_broke', message };
}

function rateLimited({ rateLimitedCount, sentCount, pacedCount }: LoadTally): RunWarning | undefined {
  if (rateLimitedCount === 0) return undefined;
  const share = ((100 * rateLimitedCount) / sentCount).toFixed(1);
  const advice = pacedCount > 0 ? '' : '. The schedule was kept all the same (--rate-limit-pacing off)';
  const message = `${rateLimitedCount} of ${sentCount} requests (${share} %) were refused by the server's rate limit and are in no latency: the figures are of those it let through${advice}`;
  return { code: 'rate_limited', message };
}

function paced({ pacedCount, sentCount, maxPacedNs }: LoadTally): RunWarning | undefined {
  if (pacedCount === 0) return undefined;
  const message = `${pacedCount} of ${sentCount} requests were held back by this client, up to ${text(maxPacedNs)}, because the server had asked it to wait (--rate-limit-pacing): the load was not the one asked for. Latencies count from the intended time and include the wait; TTFT from the actual send leaves it out and so flatters the server`;
  return { code: 'paced', message };
}

function neverSent({ neverSentCount }: LoadTally): RunWarning | undefined {
  if (neverSentCount === 0) return undefined;
  const message = `${neverSentCount} requests were due and not sent when the load was stopped; they are recorded as cancelled`;
  return { code: 'never_sent', message };
}

function tokenCountDisagrees(tally: LoadTally): RunWarning | undefined {
  const { disagreeingCount, usageCount, maxDisagreementTokens } = tally;
  if (disagreeingCount === 0) return undefined;
  const message = `${disagreeingCount} of ${usageCount} requests: the server's usage and the tokens counted differ, by up to ${maxDisagreementTokens}. Give --tokenizer the model's own, or ask the server for usage on every chunk`;
  return { code: 'token_count_disagrees', message };
}

function tokenCountFailed({ uncountedCount }: LoadTally): RunWarning | undefined {
  if (uncountedCount === 0) return undefined;
  const message = `${uncountedCount} requests: the tokenizer failed, and one token a chunk was counted instead; the trace's token_count_failed events say why`;
  return { code: 'token_count_failed', message };
}

function text(valueNs: number): string {
  return formatDuration(durationNs(valueNs));
}
