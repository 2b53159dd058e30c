import { messageOf } from '@fluidscope/errors';
import { firstTokenDeadline } from '@fluidscope/prefill';
import type { LlmClient, LlmOutcome } from '@fluidscope/llm-client';
import {
  isRateLimited,
  requestIdOf,
  type ChunkTokenCounts,
  type Phase,
  type RequestEnd,
  type RequestStart,
} from '@fluidscope/trace-schema';
import type { DurationNs, RunClock, RunNs } from '@fluidscope/units';
import { ChunkLogPool } from './chunk-log.js';
import type { LoadSettings } from './load-settings.js';
import { LATE_SEND_NS, type LoadTally } from './load-tally.js';
import type { DueRequest, OnEnded } from './pacing.js';
import { askedWaitNs, type RateLimitHold } from './rate-limit-hold.js';
import type { RecentValues } from './recent-values.js';
import type { RecordBatcher } from './record-batcher.js';
import {
  brokenReuseEvent,
  neverSentEnd,
  requestEnd,
  requestMisses,
  type EndedRequest,
} from './request-end.js';
import { RequestSession } from './request-session.js';
import type { UpcomingRequest } from './requests-ahead.js';
import type { Timers } from './timers.js';
import { settleTokenCounts, type FinalTokenCount, type PrefixTokenCounts } from './token-counting.js';

export interface InFlightOptions {
  readonly client: LlmClient;
  readonly clock: RunClock;
  readonly timers: Timers;
  readonly settings: Pick<
    LoadSettings,
    'deadlines' | 'firstTokenDeadlines' | 'ignoreEos' | 'rateLimitPacing'
  >;
  /** Told when the server asks to wait, where this load heeds that. */
  readonly hold: RateLimitHold;
  readonly prefixTokenCounts: PrefixTokenCounts | undefined;
  readonly workerIndex: number;
  readonly records: RecordBatcher;
  readonly tally: LoadTally;
  readonly recentTtftsNs: RecentValues;
  /** Cancels every request in flight. */
  readonly cancelSignal: AbortSignal;
  /** Something of ours threw: the run cannot be trusted any further. */
  readonly onDefect: (thrown: unknown) => void;
}

/**
 * The requests in flight: sends each, takes its stream down, and when it has ended counts, scores and records it.
 *
 * Rules:
 * 1. A request's slot is free when its stream has ended; counting and scoring come after, on nobody's time.
 * 2. One stream is counted by the tokenizer at a time, with a turn for reads between two.
 * 3. Its log goes back to the pool when its records are made, and not before.
 */
export class InFlightRequests {
  readonly #options: InFlightOptions;
  readonly #logs = new ChunkLogPool();
  #unsettledCount = 0;
  #counting: Promise<void> = Promise.resolve();
  #onIdle: (() => void)[] = [];

  constructor(options: InFlightOptions) {
    this.#options = options;
  }

  /** Sends a request; `onEnded` is called when its stream has ended, never before this returns. */
  send(due: DueRequest, onEnded: OnEnded): void {
    this.#unsettledCount += 1;
    this.#run(due, onEnded)
      .catch(this.#options.onDefect)
      .finally(() => {
        this.#unsettledCount -= 1;
        if (this.#unsettledCount === 0) for (const resolve of this.#onIdle.splice(0)) resolve();
      });
  }

  /** Resolves when every request sent so far has ended and is recorded. */
  idle(): Promise<void> {
    if (this.#unsettledCount === 0) return Promise.resolve();
    return new Promise((resolve) => this.#onIdle.push(resolve));
  }

  recordNeverSent({ request, intendedNs }: DueRequest, stoppedNs: RunNs): void {
    const { records, tally } = this.#options;
    const pacedNs = this.#pacedNs(intendedNs, stoppedNs);
    records.addStart(this.#startRow(request, { intendedNs, sentNs: undefined, pacedNs }));
    records.addEnd(neverSentEnd(request.planned.requestIndex, stoppedNs));
    if (request.planned.phase === 'warmup') {
      tally.warmupCount += 1;
      return;
    }
    tally.neverSentCount += 1;
    tally.cancelledCount += 1;
  }

  async #run(due: DueRequest, onEnded: OnEnded): Promise<void> {
    const { client, settings, cancelSignal, tally, records } = this.#options;
    const { requestIndex } = due.request.planned;
    const { prompt, outputTokens } = due.request.prepare();
    const pacedNs = this.#pacedNs(due.intendedNs, this.#options.clock.nowNs());
    this.#tallySend(due, pacedNs);
    const session = this.#openSession(due, pacedNs);
    const outcome = await client.send(
      {
        requestId: requestIdOf(requestIndex),
        prompt,
        maxOutputTokens: outputTokens,
        ignoreEos: settings.ignoreEos,
      },
      session,
      cancelSignal,
    );
    tally.inFlightCount -= 1;
    this.#heed(outcome);
    this.#recordBrokenReuse(due, outcome);
    onEnded(outcome.endedNs, outcome.status === 'error'); // rule 1
    if (session.sentNs === undefined) {
      const times = { intendedNs: due.intendedNs, sentNs: undefined, pacedNs };
      records.addStart(this.#startRow(due.request, times));
    }
    await this.#settle(due, session, outcome);
    this.#logs.release(session.log); // rule 3
  }

  /** Before the slot is said to be free: what it is free for must wait. */
  #heed({ retryAfterS, endedNs }: LlmOutcome): void {
    const { settings, hold } = this.#options;
    const waitNs = askedWaitNs(retryAfterS);
    if (settings.rateLimitPacing === 'retry-after' && waitNs !== undefined) hold.ask(endedNs, waitNs);
  }

  #recordBrokenReuse({ request }: DueRequest, outcome: LlmOutcome): void {
    const { tally, records } = this.#options;
    const { phase, requestIndex } = request.planned;
    const event = brokenReuseEvent(requestIndex, outcome);
    if (event === undefined) return;
    if (phase === 'measured') tally.brokenReuseCount += 1;
    records.addEvent(event);
  }

  #pacedNs(intendedNs: RunNs, untilNs: RunNs): DurationNs | undefined {
    return this.#options.hold.heldNs(intendedNs, untilNs) || undefined;
  }

  #openSession({ request, intendedNs }: DueRequest, pacedNs: DurationNs | undefined): RequestSession {
    const { records, tally, recentTtftsNs, prefixTokenCounts } = this.#options;
    const isMeasured = request.planned.phase === 'measured';
    return new RequestSession({
      requestIndex: request.planned.requestIndex,
      intendedNs,
      log: this.#logs.take(),
      records,
      keepsText: prefixTokenCounts !== undefined,
      onSent: (sentNs) => records.addStart(this.#startRow(request, { intendedNs, sentNs, pacedNs })),
      onFirstToken: (ttftNs) => {
        if (isMeasured) recentTtftsNs.push(ttftNs);
      },
      onTokens: (tokensCount) => {
        tally.liveTokens += tokensCount;
      },
    });
  }

  #tallySend({ request, intendedNs, queued }: DueRequest, pacedNs: DurationNs | undefined): void {
    const { tally, clock } = this.#options;
    tally.inFlightCount += 1;
    if (request.planned.phase === 'warmup') {
      tally.warmupCount += 1;
      return;
    }
    tally.sentCount += 1;
    const lateNs = clock.nowNs() - intendedNs;
    if (pacedNs !== undefined) {
      tally.pacedCount += 1;
      tally.maxPacedNs = Math.max(tally.maxPacedNs, pacedNs);
    } else if (queued) {
      tally.queuedCount += 1;
      tally.maxQueuedNs = Math.max(tally.maxQueuedNs, lateNs);
    } else {
      tally.maxLatenessNs = Math.max(tally.maxLatenessNs, lateNs);
      if (lateNs > LATE_SEND_NS) tally.lateSendsCount += 1;
    }
  }

  #startRow(
    { planned, prepared }: UpcomingRequest,
    times: Pick<RequestStart, 'intendedNs' | 'sentNs' | 'pacedNs'>,
  ): RequestStart {
    return {
      ...times,
      requestIndex: planned.requestIndex,
      phase: planned.phase,
      promptTokens: prepared?.promptTokens,
      promptTokensSource: prepared === undefined ? undefined : planned.promptTokensSource,
      maxOutputTokens: prepared?.outputTokens,
      workerIndex: this.#options.workerIndex,
      slo: planned.slo,
    };
  }

  async #settle(due: DueRequest, session: RequestSession, outcome: LlmOutcome): Promise<void> {
    const { records, settings, tally } = this.#options;
    const { requestIndex, phase } = due.request.planned;
    const { log, sentNs } = session;
    const { source, corrected } = await this.#settleCounts(session, outcome);
    if (corrected) records.addTokenCounts(correctedCounts(requestIndex, log.tokenCounts));
    const promptTokens = outcome.usagePromptTokens ?? due.request.prepared?.promptTokens;
    const { deadlines, firstTokenDeadlines } = settings;
    const ended: EndedRequest = {
      ttftDeadline:
        firstTokenDeadlines &&
        firstTokenDeadline(firstTokenDeadlines, promptTokens, deadlines.ttftDeadlineNs),
      requestIndex,
      phase,
      intendedNs: due.intendedNs,
      sentNs,
      log,
      tokenCountSource: source,
      outcome,
    };
    const row = requestEnd(ended, deadlines);
    records.addMisses(requestMisses(ended, deadlines));
    records.addEnd(row);
    tallyEnd(tally, phase, row);
  }

  async #settleCounts(session: RequestSession, outcome: LlmOutcome): Promise<FinalTokenCount> {
    const { log, live } = session;
    const { prefixTokenCounts, timers } = this.#options;
    const isCountable = outcome.status === 'ok' && !live.isServerCount && prefixTokenCounts !== undefined;
    const pieces = isCountable ? session.pieces : undefined;
    if (pieces === undefined) return settleTokenCounts({ log, live, pieces }, undefined);
    const turn = this.#counting
      .then(() => new Promise<void>((resolve) => timers.callAfterIo(resolve)))
      .then(() => settleTokenCounts({ log, live, pieces }, prefixTokenCounts));
    this.#counting = turn.then(ignore, ignore); // rule 2
    try {
      return await turn;
    } catch (thrown) {
      this.#recordUncounted(thrown);
      return settleTokenCounts({ log, live, pieces: undefined }, undefined);
    }
  }

  #recordUncounted(thrown: unknown): void {
    const { tally, records, clock } = this.#options;
    tally.uncountedCount += 1;
    const detail = { message: messageOf(thrown) };
    records.addEvent({ source: 'client', kind: 'token_count_failed', timeNs: clock.nowNs(), detail });
  }
}

function ignore(): void {
  // The promise itself is what counts: it has settled.
}

function correctedCounts(requestIndex: number, tokenCounts: Uint32Array): ChunkTokenCounts {
  return {
    requestIndex,
    seq: Uint32Array.from(tokenCounts, (_, seq) => seq),
    tokenCount: tokenCounts.slice(),
  };
}

function tallyEnd(tally: LoadTally, phase: Phase, row: RequestEnd): void {
  if (phase === 'warmup') {
    if (row.status !== 'ok') tally.warmupFailedCount += 1;
    return;
  }
  switch (row.status) {
    case 'ok':
      tally.okCount += 1;
      tallyScore(tally, row);
      return;
    case 'error':
      tally.failedCount += 1;
      tally.failedCountByCode[row.errorCode ?? 'protocol'] += 1;
      if (isRateLimited(row)) tally.rateLimitedCount += 1;
      return;
    case 'cancelled':
      tally.cancelledCount += 1;
      return;
  }
}

function tallyScore(
  tally: LoadTally,
  { outputTokens = 0, usageOutputTokens, fluidityIndex }: RequestEnd,
): void {
  tally.outputTokens += outputTokens;
  if (fluidityIndex !== undefined) {
    tally.fluidityCount += 1;
    tally.fluidityIndexSum += fluidityIndex;
  }
  if (usageOutputTokens === undefined) return;
  tally.usageCount += 1;
  if (usageOutputTokens === outputTokens) return;
  tally.disagreeingCount += 1;
  const differenceTokens = Math.abs(usageOutputTokens - outputTokens);
  tally.maxDisagreementTokens = Math.max(tally.maxDisagreementTokens, differenceTokens);
}
