import { ERROR_CODES, type ErrorCode } from '@fluidscope/trace-schema';

/**
 * Running sums of a load: plain numbers of fixed size, whatever its length, so that workers can ship theirs and the main
 * thread adds them up. Without further word a count is of measured requests.
 */
export interface LoadTally {
  warmupCount: number;
  warmupFailedCount: number;
  /** Whose time had come, sent or not; stays 0 in a closed loop, where none has a time of its own. */
  dueCount: number;
  sentCount: number;
  okCount: number;
  failedCount: number;
  cancelledCount: number;
  neverSentCount: number;
  failedCountByCode: Record<ErrorCode, number>;
  /** Of both phases, now. */
  inFlightCount: number;
  /** Held back by the cap, now. */
  waitingCount: number;
  /** Of both phases, counted live, for the rate that people watch. */
  liveTokens: number;
  /** Of the requests that ended `ok`, as finally counted. */
  outputTokens: number;
  maxLatenessNs: number;
  /** Handed over more than `LATE_SEND_NS` after the intended time, the cap's doing apart. */
  lateSendsCount: number;
  queuedCount: number;
  maxQueuedNs: number;
  /** Failed on a kept-alive connection that broke before any response. */
  brokenReuseCount: number;
  /** Refused by the server for the rate of requests. */
  rateLimitedCount: number;
  /** Held back because the server had asked to wait, and the longest such wait. */
  pacedCount: number;
  maxPacedNs: number;
  fluidityIndexSum: number;
  fluidityCount: number;
  /** Ended `ok` with a usage from the server that is not what was counted, and the largest difference. */
  disagreeingCount: number;
  maxDisagreementTokens: number;
  usageCount: number;
  /** Streams that a tokenizer could not count. */
  uncountedCount: number;
}

/** Beyond this, a send's lateness is worth a warning: ten times what an idle machine shows. */
export const LATE_SEND_NS = 10_000_000;

export function emptyTally(): LoadTally {
  return {
    warmupCount: 0,
    warmupFailedCount: 0,
    dueCount: 0,
    sentCount: 0,
    okCount: 0,
    failedCount: 0,
    cancelledCount: 0,
    neverSentCount: 0,
    failedCountByCode: Object.fromEntries(ERROR_CODES.map((code) => [code, 0])) as Record<ErrorCode, number>,
    inFlightCount: 0,
    waitingCount: 0,
    liveTokens: 0,
    outputTokens: 0,
    maxLatenessNs: 0,
    lateSendsCount: 0,
    queuedCount: 0,
    maxQueuedNs: 0,
    brokenReuseCount: 0,
    rateLimitedCount: 0,
    pacedCount: 0,
    maxPacedNs: 0,
    fluidityIndexSum: 0,
    fluidityCount: 0,
    disagreeingCount: 0,
    maxDisagreementTokens: 0,
    usageCount: 0,
    uncountedCount: 0,
  };
}

const MAXIMA = new Set<keyof LoadTally>([
  'maxLatenessNs',
  'maxQueuedNs',
  'maxPacedNs',
  'maxDisagreementTokens',
]);

/** The tally of several loads together: sums, and the larger of the maxima. */
export function sumTallies(tallies: readonly LoadTally[]): LoadTally {
  const total = emptyTally();
  for (const tally of tallies) addTally(total, tally);
  return total;
}

function addTally(total: LoadTally, tally: LoadTally): void {
  for (const code of ERROR_CODES) total.failedCountByCode[code] += tally.failedCountByCode[code];
  for (const key of Object.keys(total) as (keyof LoadTally)[]) {
    if (key === 'failedCountByCode') continue;
    total[key] = MAXIMA.has(key) ? Math.max(total[key], tally[key]) : total[key] + tally[key];
  }
}

/** The codes that occurred, with their counts. */
export function occurredCodes(tally: LoadTally): Partial<Record<ErrorCode, number>> {
  return Object.fromEntries(
    ERROR_CODES.filter((code) => tally.failedCountByCode[code] > 0).map((code) => [
      code,
      tally.failedCountByCode[code],
    ]),
  );
}
