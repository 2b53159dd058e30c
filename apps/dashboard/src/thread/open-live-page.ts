import { FluidscopeError } from '@fluidscope/errors';
import { requireSafeExposure } from '@fluidscope/guarded-server';
import type { LiveRunAbout } from '@fluidscope/live-view';
import type { RequestStart, TraceWriter } from '@fluidscope/trace-schema';
import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import type { LiveOptions } from '../server/live-options.js';
import { tapWriter } from './live-tap.js';
import type { FromLiveThread, LiveBatch, LiveThreadData, ToLiveThread } from './thread-messages.js';

export interface LivePageOptions extends LiveOptions {
  readonly run: LiveRunAbout;
  readonly onWarning?: (message: string) => void;
}

/** The live page of a run, in a thread of its own. */
export interface LivePage {
  readonly url: string;
  /** The run's writer, with copies of what the page shows going there. */
  tap(writer: TraceWriter, ttftDeadlineNsOf?: (start: RequestStart) => number | undefined): TraceWriter;
  /** Shows what has come and ends the page. Never rejects. */
  close(): Promise<void>;
}

/** Rows on the way to the thread. Beyond, batches are left out and counted: a page that hangs must not make the run grow. */
const MAX_ROWS_UNDER_WAY = 200_000;

/**
 * Serves a page from a thread of its own: its sockets, frames and garbage take no time from the loop that stamps tokens. A thread that dies
 * takes the page with it and leaves the run alone.
 *
 * @throws UsageError for an address that others reach without a token and TLS; FluidscopeError `live.listen`, `live.tls` when the address or
 *   the certificate cannot be used
 */
export async function openLivePage({ onWarning, ...options }: LivePageOptions): Promise<LivePage> {
  requireSafeExposure(options);
  // Resolved by name, so that it is the built file also where this one runs as a source under a test runner; for the same
  // reason the thread takes over none of the runner's loader flags.
  const entry = createRequire(import.meta.url).resolve('#live-thread');
  const workerData: LiveThreadData = options;
  const worker = new Worker(entry, { workerData, execArgv: [] });
  const page = new ThreadPage(worker, onWarning ?? (() => {}));
  await page.listening;
  return page;
}

class ThreadPage implements LivePage {
  readonly listening: Promise<void>;
  url = '';
  readonly #worker: Worker;
  readonly #exited: Promise<void>;
  /** Rows of each batch that the thread has not taken yet, in order. */
  readonly #underWay: number[] = [];
  #rowsUnderWayCount = 0;
  #unseenCount = 0;
  #isGone = false;

  constructor(worker: Worker, onWarning: (message: string) => void) {
    this.#worker = worker;
    this.#exited = new Promise((resolve) => worker.once('exit', () => resolve()));
    this.listening = new Promise((resolve, reject) => {
      worker.on('message', (message: FromLiveThread) => {
        switch (message.kind) {
          case 'listening':
            this.url = message.url;
            return resolve();
          case 'refused':
            return reject(errorOf(message));
          case 'warning':
            return onWarning(message.message);
          case 'taken':
            this.#rowsUnderWayCount -= this.#underWay.shift() ?? 0;
            return;
        }
      });
      worker.on('error', (thrown: unknown) => {
        this.#isGone = true;
        onWarning(`the live page ended: ${String(thrown)}; the run goes on`);
        reject(thrown instanceof Error ? thrown : new Error(String(thrown)));
      });
      worker.once('exit', () => (this.#isGone = true));
    });
  }

  tap(
    writer: TraceWriter,
    ttftDeadlineNsOf: (start: RequestStart) => number | undefined = () => undefined,
  ): TraceWriter {
    return tapWriter(writer, {
      ttftDeadlineNsOf,
      give: (batch, rowsCount, transfer) => this.#give(batch, rowsCount, transfer),
      onEnded: (reason) => this.#post({ kind: 'ended', reason }),
    });
  }

  async close(): Promise<void> {
    if (!this.#isGone) this.#post({ kind: 'close' });
    await this.#exited;
  }

  #give(batch: LiveBatch, rowsCount: number, transfer: readonly ArrayBuffer[]): void {
    if (rowsCount === 0 || this.#isGone) return;
    if (this.#rowsUnderWayCount + rowsCount > MAX_ROWS_UNDER_WAY) {
      this.#unseenCount += rowsCount;
      return;
    }
    if (this.#unseenCount > 0) {
      const count = this.#unseenCount;
      this.#unseenCount = 0;
      this.#send({ kind: 'unseen', count }, 0);
    }
    this.#send(batch, rowsCount, transfer);
  }

  #send(batch: LiveBatch, rowsCount: number, transfer: readonly ArrayBuffer[] = []): void {
    this.#underWay.push(rowsCount);
    this.#rowsUnderWayCount += rowsCount;
    this.#post({ kind: 'batch', batch }, transfer);
  }

  #post(message: ToLiveThread, transfer: readonly ArrayBuffer[] = []): void {
    if (!this.#isGone) this.#worker.postMessage(message, [...transfer]);
  }
}

function errorOf({ message, code, hint }: FromLiveThread & { readonly kind: 'refused' }): FluidscopeError {
  return new FluidscopeError(message, { code, ...(hint === undefined ? {} : { hint }) });
}
