import { messageOf } from '@fluidscope/errors';
import { spawn, type ChildProcess } from 'node:child_process';

export interface LineChildHandlers {
  /** A line without its end, as soon as it is there. */
  onLine(line: string): void;
  /** The child was started, for the n-th time from 1. */
  onStart(startsCount: number): void;
  /** The child ended, could not be started or was silent for too long; the next one starts after `retryMs`. */
  onDown(reason: string, retryMs: number): void;
}

export interface LineChildOptions {
  readonly command: string;
  readonly args: readonly string[];
  /** A child that prints no line for so long is killed. */
  readonly silenceMs: number;
  /** First pause before a new child; doubles while children print nothing. */
  readonly firstRetryMs: number;
  readonly maxRetryMs: number;
}

const MAX_LINE_BYTES = 65_536;
const MAX_ERROR_TEXT_CHARS = 300;

/**
 * One long-lived child that prints lines, kept alive: what ends, hangs or floods is replaced after a pause that doubles up to
 * `maxRetryMs` and starts anew once a child printed a line.
 */
export class LineChild implements Disposable {
  readonly #handlers: LineChildHandlers;
  readonly #options: LineChildOptions;
  #child: ChildProcess | undefined;
  #timer: NodeJS.Timeout | undefined;
  #retryMs: number;
  #startsCount = 0;
  #isDisposed = false;

  constructor(handlers: LineChildHandlers, options: LineChildOptions) {
    this.#handlers = handlers;
    this.#options = options;
    this.#retryMs = options.firstRetryMs;
    this.#start();
  }

  [Symbol.dispose](): void {
    this.#isDisposed = true;
    clearTimeout(this.#timer);
    this.#child?.kill('SIGKILL');
    this.#child = undefined;
  }

  #start(): void {
    this.#startsCount += 1;
    // Its own numbers and words must not hang on the user's language.
    const env = { ...process.env, LC_ALL: 'C' };
    const child = spawn(this.#options.command, this.#options.args, {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    let pending = '';
    let errorText = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      const lines = (pending + text).split(/\r?\n/);
      pending = lines.pop() ?? '';
      for (const line of lines) this.#printed(child, line);
      if (pending.length > MAX_LINE_BYTES) this.#down(child, `a line of more than ${MAX_LINE_BYTES} bytes`);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errorText = (errorText + text).slice(0, MAX_ERROR_TEXT_CHARS);
    });
    child.on('error', (error) => this.#down(child, messageOf(error)));
    child.on('close', (code, signal) => {
      const text = errorText.trim() || pending.trim().slice(0, MAX_ERROR_TEXT_CHARS);
      this.#down(child, `ended with ${signal ?? `status ${code ?? '?'}`}${text === '' ? '' : `: ${text}`}`);
    });
    this.#watch(child);
    this.#handlers.onStart(this.#startsCount);
  }

  #printed(child: ChildProcess, line: string): void {
    if (child !== this.#child) return;
    this.#retryMs = this.#options.firstRetryMs;
    this.#watch(child);
    this.#handlers.onLine(line);
  }

  #watch(child: ChildProcess): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#down(child, `no line for ${this.#options.silenceMs} ms`);
    }, this.#options.silenceMs);
  }

  /** A child that is down twice (killed, then closed) counts once. */
  #down(child: ChildProcess, reason: string): void {
    if (child !== this.#child || this.#isDisposed) return;
    this.#child = undefined;
    clearTimeout(this.#timer);
    child.kill('SIGKILL');
    const retryMs = this.#retryMs;
    this.#retryMs = Math.min(2 * retryMs, this.#options.maxRetryMs);
    this.#timer = setTimeout(() => this.#start(), retryMs);
    this.#handlers.onDown(reason, retryMs);
  }
}
