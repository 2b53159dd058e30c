import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import { messageOf } from '@fluidscope/errors';
import type { RunClock, RunNs } from '@fluidscope/units';
import type { Arrivals } from './arrivals.js';
import type { Cancellable, Cancellations } from './cancellations.js';
import type { Connection, ConnectionPool, ConnectionWaiter } from './connection-pool.js';
import type { Endpoint } from './endpoints/endpoint.js';
import { ErrorBody } from './error-body.js';
import { nextLimit, type ExchangePhase, type Limit } from './exchange-limits.js';
import { endingOfStatus, headerOf, outcomeOf, type Ending, type ResponseHead } from './exchange-outcome.js';
import { LimitTimer, type Limited } from './limit-timer.js';
import type { ConnectionReuse, LlmOutcome, StreamObserver, Timeouts } from './llm-client.js';
import { ResponseBody, type BodyOwner } from './response-body.js';
import { ResponseReader } from './response-reader.js';
import { StreamProblem } from './stream-problem.js';
import { StreamReading } from './stream-reading.js';
import { transportFailure } from './transport-failure.js';

/** What all requests of a client share. */
export interface ExchangeContext {
  readonly endpoint: Endpoint;
  readonly pool: ConnectionPool;
  readonly arrivals: Arrivals;
  readonly cancellations: Cancellations;
  readonly clock: RunClock;
  readonly timeouts: Timeouts;
  /** Hides secrets in a message and cuts it to length. */
  readonly cleanMessage: (message: string) => string;
}

export interface ExchangeOptions {
  readonly requestId: string;
  readonly dispatch: Dispatcher.DispatchOptions;
  readonly observer: StreamObserver;
  readonly signal: AbortSignal;
  readonly onOutcome: (outcome: LlmOutcome) => void;
}

/*
 * One request's life: queued, connecting, waiting, streaming, then its outcome; exactly one outcome.
 *
 * X1  undici's callbacks only note, stamp and queue (A1); everything is judged when the queue is parsed, so
 *     that the end of a connection never overtakes the bytes before it.
 * X2  Abort and limits parse what has arrived before they judge: an answer that is complete by then is an
 *     answer, and chunks that arrived before a cancellation are delivered.
 * X3  The outcome comes with the end mark, not with the end of the HTTP response: what a server does after
 *     its end mark costs the request nothing. The connection lingers, and is reused if it ends in time.
 * X4  Whatever happens, the connection goes back to its pool exactly once, when undici has let go of it.
 */
export class Exchange
  implements Dispatcher.DispatchHandler, BodyOwner, Cancellable, ConnectionWaiter, Limited
{
  readonly #context: ExchangeContext;
  readonly #options: ExchangeOptions;
  readonly #reading: StreamReading;
  readonly #timer: LimitTimer;
  readonly #startedNs: RunNs;
  #phase: ExchangePhase = { kind: 'queued' };
  #outcomeGiven = false;
  #connection: Connection | undefined;
  #wasSent = false;
  #reuse: ConnectionReuse | undefined;
  #failedInTls = false;
  #response: ResponseHead | undefined;
  #reader: ResponseReader | ErrorBody | undefined;
  #body: ResponseBody | undefined;
  #lastReadNs: RunNs;
  #transportEndNs: RunNs;
  #transportError: Error | undefined;

  constructor(context: ExchangeContext, options: ExchangeOptions) {
    this.#context = context;
    this.#options = options;
    this.#reading = new StreamReading(options.observer);
    this.#timer = new LimitTimer(context.clock, this);
    this.#startedNs = context.clock.nowNs();
    this.#lastReadNs = this.#startedNs;
    this.#transportEndNs = this.#startedNs;
  }

  start(): void {
    this.#context.arrivals.open();
    if (this.#options.signal.aborted) {
      this.cancel('Cancelled before it was sent');
      return;
    }
    this.#context.cancellations.add(this.#options.signal, this);
    this.#context.pool.acquire(this);
    this.#timer.check();
  }

  cancel(message: string): void {
    this.#context.arrivals.flush(); // X2
    this.#end({ status: 'cancelled', message }, this.#context.clock.nowNs());
  }

  onConnection(connection: Connection): void {
    this.#connection = connection;
    this.#phase = { kind: 'connecting', sinceNs: this.#context.clock.nowNs() };
    connection.dispatch(this.#options.dispatch, this);
    this.#timer.check();
  }

  onRequestStart(): void {
    const sentNs = this.#context.clock.nowNs();
    this.#connection?.carry(this.#options.requestId);
    this.#wasSent = true;
    this.#phase = { kind: 'waiting', sinceNs: sentNs };
    this.#timer.check();
    try {
      this.#options.observer.onSent(sentNs);
    } catch (error) {
      this.onBodyProblem(error, sentNs);
    }
  }

  onResponseStart(_: Dispatcher.DispatchController, httpStatus: number, headers: IncomingHttpHeaders): void {
    if (httpStatus < 200 || this.#outcomeGiven) return;
    const { arrivals, clock, endpoint } = this.#context;
    this.#lastReadNs = clock.nowNs();
    this.#response = { httpStatus, headers };
    const isError = httpStatus >= 300;
    this.#phase = { kind: 'streaming', sinceNs: this.#lastReadNs, isError };
    this.#reader = isError ? new ErrorBody() : new ResponseReader(endpoint, this.#reading);
    const contentEncoding = headerOf(headers, 'content-encoding') ?? '';
    this.#body = new ResponseBody({ reader: this.#reader, owner: this, arrivals, contentEncoding });
    this.#timer.check();
  }

  onResponseData(_: Dispatcher.DispatchController, bytes: Buffer): void {
    if (this.#outcomeGiven || this.#body === undefined) return;
    const stamp = this.#connection?.readStamp;
    const { arrivals, clock } = this.#context;
    if (stamp === undefined) {
      this.#lastReadNs = arrivals.push(this.#body, bytes); // X1
      return;
    }
    arrivals.pushStamped(this.#body, bytes, stamp); // X1
    // Limits are about reading: what lay unread while the loop was busy was no silence.
    this.#lastReadNs = clock.nowNs();
  }

  onResponseEnd(): void {
    this.#onTransportEnd();
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.#transportError = error;
    this.#onTransportEnd();
  }

  onBodyRead(arrivalNs: RunNs): void {
    if (this.#reader instanceof ErrorBody) {
      if (this.#reader.isFull) this.#endWithStatus(this.#reader);
    } else if (this.#reading.ended) {
      this.#end({ status: 'ok' }, arrivalNs); // X3
    }
  }

  onBodyProblem(problem: unknown, arrivalNs: RunNs): void {
    if (problem instanceof StreamProblem) {
      this.#end({ status: 'error', code: problem.code, message: problem.message }, arrivalNs);
      return;
    }
    // The observer threw, which is a defect: it must surface, but neither here nor on another stream.
    queueMicrotask(() => {
      throw problem;
    });
    this.#end({ status: 'cancelled', message: `The observer failed: ${messageOf(problem)}` }, arrivalNs);
  }

  onBodyEnd(): void {
    this.#judgeEnd();
  }

  deadlineNs(): RunNs | undefined {
    return this.#nextLimit()?.dueNs;
  }

  onDeadline(): void {
    const limit = this.#nextLimit();
    if (!this.#outcomeGiven) this.#context.arrivals.flush(); // X2
    const nowNs = this.#context.clock.nowNs();
    if (this.#outcomeGiven) this.#dropTransport();
    else if (this.#reader instanceof ErrorBody) this.#endWithStatus(this.#reader);
    else if (this.#reader?.isComplete === true) this.#end({ status: 'ok' }, nowNs);
    else if (limit?.code !== undefined) {
      this.#end({ status: 'error', code: limit.code, message: limit.message }, nowNs);
    }
  }

  #nextLimit(): Limit | undefined {
    return nextLimit(this.#context.timeouts, {
      phase: this.#phase,
      startedNs: this.#startedNs,
      lastReadNs: this.#lastReadNs,
    });
  }

  /** undici has let go of the request, cleanly or not. */
  #onTransportEnd(): void {
    this.#transportEndNs = this.#context.clock.nowNs();
    const connection = this.#connection;
    this.#connection = undefined;
    if (connection !== undefined) {
      connection.carry(undefined);
      this.#reuse = connection.reuse;
      this.#failedInTls = connection.failedInTls;
      this.#context.pool.release(connection); // X4
    }
    if (this.#outcomeGiven) this.#finish();
    else if (this.#body === undefined) this.#judgeEnd();
    else this.#context.arrivals.pushEnd(this.#body); // X1
  }

  /** The transport has ended and all that came has been read: what was it? */
  #judgeEnd(): void {
    const endedNs = this.#transportEndNs;
    if (this.#reader instanceof ErrorBody) {
      this.#endWithStatus(this.#reader);
    } else if (this.#reader?.isComplete === true) {
      this.#end({ status: 'ok' }, endedNs);
    } else if (this.#transportError !== undefined) {
      this.#endWithTransportError(this.#transportError);
    } else {
      try {
        this.#reader?.end();
      } catch (error) {
        this.onBodyProblem(error, endedNs);
        return;
      }
      this.#end({ status: 'ok' }, endedNs);
    }
  }

  #endWithTransportError(error: Error): void {
    const failure = transportFailure(error, {
      wasSent: this.#wasSent,
      failedInTls: this.#failedInTls,
      gotResponse: this.#response !== undefined,
      reuse: this.#reuse,
    });
    this.#end({ status: 'error', ...failure }, this.#transportEndNs);
  }

  #endWithStatus(body: ErrorBody): void {
    if (this.#response === undefined) return;
    this.#end(endingOfStatus(this.#response, body.message()), this.#lastReadNs);
  }

  #end(ending: Ending, endedNs: RunNs): void {
    if (this.#outcomeGiven) return;
    this.#outcomeGiven = true;
    this.#context.cancellations.remove(this.#options.signal, this);
    this.#context.arrivals.close();
    this.#body?.close();
    const { cleanMessage } = this.#context;
    this.#options.onOutcome(
      outcomeOf({ ending, endedNs, response: this.#response, reading: this.#reading, cleanMessage }),
    );
    if (ending.status === 'ok' && this.#connection !== undefined) this.#linger();
    else this.#dropTransport();
  }

  #linger(): void {
    this.#phase = { kind: 'lingering', sinceNs: this.#context.clock.nowNs() };
    this.#timer.check();
  }

  /** Frees the socket at once, in whatever state. undici then reports the end of the request (X4). */
  #dropTransport(): void {
    if (this.#phase.kind === 'queued') this.#context.pool.leave(this);
    this.#finish();
    void this.#connection?.destroy();
  }

  #finish(): void {
    this.#phase = { kind: 'over' };
    this.#timer.stop();
  }
}
