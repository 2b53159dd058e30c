import type { RunClock, RunNs } from '@fluidscope/units';
import type { WebSocket } from 'ws';
import { decodeAnswer, encodeProbe } from '../clock-messages.js';
import { openSocket, type AgentAccess } from './open-socket.js';

/** The four stamps of one probe. */
export interface LinkProbe {
  /** Sent, run time. */
  readonly t1Ns: RunNs;
  /** Received by the agent, ns from its origin. */
  readonly t2Ns: number;
  /** Answered by the agent. */
  readonly t3Ns: number;
  /** Answer received, run time. */
  readonly t4Ns: RunNs;
}

export interface ClockProberOptions extends AgentAccess {
  readonly url: URL;
  readonly runClock: RunClock;
  readonly originMonoNs: bigint;
  readonly onProbe: (probe: LinkProbe) => void;
}

const BURST_COUNT = 16;
const BURST_STEP_MS = 10;
const PERIOD_MS = 250;
const RECONNECT_MS = 1_000;
/** A probe without an answer by then is given up. */
const ANSWER_NS = 5e9;
const MAX_PENDING = 64;
const WATCH_MS = 1;
/** A turn of the event loop longer than this may have held up an answer. A timer of 1 ms takes up to about 2. */
const LAG_NS = 4e6;
const CLOSING_BURST_MS = 1_000;

/**
 * Probes an agent's clock on a socket of its own: 16 at the start, then 4 a second, 16 at the end.
 *
 * While a probe is under way a timer watches the event loop. A turn that took long spoils every probe under way: its answer may have
 * waited in the socket. Such a probe would not be wrong, for its delay shows the wait, but it says little and is left out.
 */
export class ClockProber {
  readonly #options: ClockProberOptions;
  readonly #pending = new Map<number, RunNs>();
  #socket: WebSocket | undefined;
  #isClosed = false;
  #nextId = 0;
  #burstLeft = BURST_COUNT;
  #timer: NodeJS.Timeout | undefined;
  #watch: NodeJS.Timeout | undefined;
  #lastTurnNs = -Infinity;
  #onBurstDone: () => void = () => {};

  constructor(options: ClockProberOptions) {
    this.#options = options;
    this.#connect();
  }

  /** The closing burst, as far as it succeeds within a second; then the socket is gone. */
  async close(): Promise<void> {
    if (this.#isOpen()) await this.#closingBurst();
    this.stop();
  }

  /** At once. */
  stop(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#watch);
    this.#socket?.terminate();
  }

  #isOpen(): boolean {
    return this.#socket !== undefined && this.#socket.readyState === this.#socket.OPEN;
  }

  #closingBurst(): Promise<void> {
    return new Promise((resolve) => {
      const limit = setTimeout(resolve, CLOSING_BURST_MS);
      this.#onBurstDone = () => {
        clearTimeout(limit);
        resolve();
      };
      this.#burstLeft = BURST_COUNT;
      clearTimeout(this.#timer);
      this.#probeAndGoOn();
    });
  }

  #connect(): void {
    const socket = openSocket(this.#options.url, this.#options);
    this.#socket = socket;
    this.#burstLeft = BURST_COUNT;
    socket.on('open', () => this.#probeAndGoOn());
    socket.on('message', (data) => {
      const t4Ns = this.#options.runClock.nowNs();
      if (Buffer.isBuffer(data)) this.#take(data, t4Ns);
    });
    socket.on('error', () => socket.terminate());
    socket.on('close', () => this.#onClosed());
  }

  #onClosed(): void {
    this.#pending.clear();
    clearTimeout(this.#timer);
    this.#onBurstDone();
    if (!this.#isClosed) this.#timer = setTimeout(() => this.#connect(), RECONNECT_MS).unref();
  }

  #probeAndGoOn(): void {
    this.#probe();
    if (this.#burstLeft > 0) this.#burstLeft -= 1;
    const delayMs = this.#burstLeft > 0 ? BURST_STEP_MS : PERIOD_MS;
    this.#timer = setTimeout(() => this.#probeAndGoOn(), delayMs).unref();
  }

  #probe(): void {
    const { runClock } = this.#options;
    this.#forgetUnanswered(runClock.nowNs());
    if (!this.#isOpen() || this.#pending.size >= MAX_PENDING) return;
    const id = this.#nextId;
    this.#nextId = (id + 1) >>> 0;
    const bytes = encodeProbe(id);
    const t1Ns = runClock.nowNs();
    this.#pending.set(id, t1Ns);
    this.#socket?.send(bytes);
    this.#watchLoop(t1Ns);
  }

  #watchLoop(nowNs: RunNs): void {
    clearTimeout(this.#watch);
    this.#lastTurnNs = nowNs;
    this.#watch = setTimeout(() => this.#turn(), WATCH_MS).unref();
  }

  #turn(): void {
    const nowNs = this.#options.runClock.nowNs();
    if (nowNs - this.#lastTurnNs > LAG_NS) this.#pending.clear();
    if (this.#pending.size > 0) this.#watchLoop(nowNs);
  }

  #take(bytes: Buffer, t4Ns: RunNs): void {
    const answer = decodeAnswer(bytes);
    const t1Ns = answer && this.#pending.get(answer.id);
    if (answer === undefined || t1Ns === undefined) return;
    this.#pending.delete(answer.id);
    const { originMonoNs, onProbe } = this.#options;
    const t2Ns = Number(answer.t2MonoNs - originMonoNs);
    const t3Ns = Number(answer.t3MonoNs - originMonoNs);
    const isWhole = Number.isSafeInteger(t2Ns) && Number.isSafeInteger(t3Ns) && t3Ns >= t2Ns;
    if (isWhole && t4Ns - this.#lastTurnNs <= LAG_NS) onProbe({ t1Ns, t2Ns, t3Ns, t4Ns });
    if (this.#burstLeft === 0 && this.#pending.size === 0) this.#onBurstDone();
  }

  #forgetUnanswered(nowNs: RunNs): void {
    for (const [id, t1Ns] of this.#pending) if (nowNs - t1Ns > ANSWER_NS) this.#pending.delete(id);
  }
}
