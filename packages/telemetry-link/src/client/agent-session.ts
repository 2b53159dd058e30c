import { FluidscopeError, messageOf } from '@fluidscope/errors';
import type { WebSocket } from 'ws';
import { LINK_VERSION, parseAgentMessage, type AgentMessage } from '../control-messages.js';
import { decodeFrame } from '../frame/decode-frame.js';
import { keepAlive } from '../keep-alive.js';
import { agentUrlsOf, type AgentUrls } from './agent-url.js';
import { ClockProber } from './clock-prober.js';
import type { AgentHello, AgentLink, ConnectAgentOptions, LinkLoss } from './connect-agent.js';
import { refusedError, unreachableError } from './link-errors.js';
import { openSocket } from './open-socket.js';

const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 5_000;
const KEEPALIVE_MS = 5_000;

type Message<Type extends AgentMessage['type']> = Extract<AgentMessage, { type: Type }>;

/**
 * One agent for as long as somebody wants it.
 *
 * 1. Times are relative to the origin of the first hello, whatever a later start of the agent says: its clock is the same, for an agent's
 *    id names one boot. Another id at the same address is another clock, and ends the session.
 * 2. `#nextSeq` is the next item that has not been spoken for. It only grows; what comes below it came twice and is left out.
 * 3. Whatever is wrong with a message ends the connection and is told; the next connection resumes.
 */
export class AgentSession implements AgentLink {
  readonly ready: Promise<AgentHello>;
  readonly #options: ConnectAgentOptions;
  readonly #urls: AgentUrls;
  #resolveReady: (hello: AgentHello) => void = () => {};
  #rejectReady: (error: FluidscopeError) => void = () => {};
  #hello: AgentHello | undefined;
  #streamId: string | undefined;
  #nextSeq = 0;
  #lastAgentNs: number | undefined;
  /** A loss whose end is the next thing that comes. */
  #openLoss: { readonly reason: string; readonly fromAgentNs: number | undefined } | undefined;
  #socket: WebSocket | undefined;
  #prober: ClockProber | undefined;
  #isConnected = false;
  #isDisconnectTold = false;
  #isEnded = false;
  #retryMs = FIRST_RETRY_MS;
  #retryTimer: NodeJS.Timeout | undefined;
  #failure: FluidscopeError | undefined;

  constructor(url: string, options: ConnectAgentOptions) {
    this.#options = options;
    this.#urls = agentUrlsOf(url);
    this.ready = new Promise((resolve, reject) => {
      this.#resolveReady = resolve;
      this.#rejectReady = reject;
    });
    this.ready.catch(() => {});
    this.#connect();
  }

  async close(): Promise<void> {
    if (this.#isEnded) return;
    await this.#prober?.close();
    if (this.#hello !== undefined && !this.#isConnected) this.#loseUntilEnd();
    this.#end('closed');
  }

  #connect(): void {
    const socket = openSocket(this.#urls.stream, this.#options);
    this.#socket = socket;
    this.#failure = undefined;
    const stopKeepAlive = keepAlive(socket, KEEPALIVE_MS);
    socket.on('unexpected-response', (_request, response) => {
      this.#failure = refusedError(this.#urls.stream, response.statusCode ?? 0);
      response.destroy();
      socket.terminate();
    });
    socket.on('message', (data, isBinary) => {
      if (Buffer.isBuffer(data) && socket === this.#socket) this.#take(data, isBinary);
    });
    socket.on('error', (error) => (this.#failure ??= unreachableError(this.#urls.stream, error)));
    socket.on('close', () => {
      stopKeepAlive();
      if (!this.#isEnded) this.#onDisconnected();
    });
  }

  #onDisconnected(): void {
    this.#isConnected = false;
    const failure =
      this.#failure ?? new FluidscopeError('The agent closed the connection', { code: 'link.closed' });
    if (this.#hello === undefined && this.#options.waitForAgent !== true) {
      this.#rejectReady(failure);
      this.#end(failure.message);
      return;
    }
    if (!this.#isDisconnectTold) this.#options.onState({ kind: 'disconnected', reason: failure.message });
    this.#isDisconnectTold = true;
    this.#retryTimer = setTimeout(() => this.#connect(), this.#retryMs).unref();
    this.#retryMs = Math.min(LONGEST_RETRY_MS, this.#retryMs * 2);
  }

  #take(data: Buffer, isBinary: boolean): void {
    try {
      if (isBinary) this.#takeFrame(data);
      else this.#takeText(data.toString());
    } catch (thrown) {
      if (!(thrown instanceof FluidscopeError)) throw thrown;
      this.#breakOff(thrown);
    }
  }

  #breakOff(error: FluidscopeError): void {
    this.#failure = error;
    this.#socket?.terminate();
  }

  #takeFrame(bytes: Buffer): void {
    const { seq, coversFrom, columns } = decodeFrame(bytes, this.#requireHello().originMonoNs);
    const firstAgentNs = smallest(columns.beforeNs);
    if (!this.#advance(coversFrom, seq, firstAgentNs)) return;
    this.#lastAgentNs = largest(columns.beforeNs);
    this.#options.onRecords(columns);
  }

  #takeText(text: string): void {
    const parsed = parseAgentMessage(text);
    if ('problem' in parsed) throw badMessage(parsed.problem);
    const { message } = parsed;
    switch (message.type) {
      case 'hello':
        return this.#greet(message);
      case 'subscribed':
        return this.#onSubscribed(message);
      case 'description':
        return this.#options.onDescription?.(message.description);
      case 'event':
        return this.#takeEvent(message);
      case 'loss':
        return this.#takeLoss(message);
      case 'dropped':
        return this.#takeDropped(message);
      case 'error':
        throw badMessage(`the agent refused: ${message.message}`);
    }
  }

  #greet({ link_version, stream_id, origin_mono_ns, description }: Message<'hello'>): void {
    if (link_version !== LINK_VERSION) {
      throw badMessage(`the agent speaks version ${link_version} of the link, known is ${LINK_VERSION}`);
    }
    const agentId = description.agent_id;
    if (this.#hello !== undefined && this.#hello.agentId !== agentId) {
      this.#loseUntilEnd();
      this.#end(`another agent answers at this address: ${agentId}, before it was ${this.#hello.agentId}`);
      return;
    }
    this.#subscribe(this.#streamId === stream_id);
    if (this.#streamId !== undefined && this.#streamId !== stream_id) {
      this.#openLoss = { reason: 'agent_restarted', fromAgentNs: this.#lastAgentNs };
    }
    this.#streamId = stream_id;
    if (this.#hello === undefined) this.#begin({ agentId, originMonoNs: origin_mono_ns, description });
    else this.#options.onDescription?.(description);
  }

  #begin(hello: AgentHello): void {
    this.#hello = hello;
    const { token, tls, runClock, onProbe } = this.#options;
    this.#prober = new ClockProber({
      url: this.#urls.clock,
      originMonoNs: hello.originMonoNs,
      runClock,
      onProbe,
      ...(token === undefined ? {} : { token }),
      ...(tls === undefined ? {} : { tls }),
    });
    this.#resolveReady(hello);
  }

  #subscribe(resumes: boolean): void {
    const { metricIds, gpuIndices, maxHz } = this.#options.selection ?? {};
    const message = {
      type: 'subscribe',
      link_version: LINK_VERSION,
      selection: { metric_ids: metricIds, gpu_indices: gpuIndices, max_hz: maxHz },
      ...(resumes ? { resume: { stream_id: this.#streamId, next_seq: this.#nextSeq } } : {}),
    };
    this.#socket?.send(JSON.stringify(message));
  }

  #onSubscribed({ resumed, next_seq }: Message<'subscribed'>): void {
    if (!resumed) this.#nextSeq = next_seq;
    this.#isConnected = true;
    this.#isDisconnectTold = false;
    this.#options.onState({ kind: 'connected', isResumed: resumed, hello: this.#requireHello() });
  }

  #takeEvent({ seq, covers_from, kind, mono_ns, source, detail }: Message<'event'>): void {
    const agentNs = this.#agentNsOf(mono_ns);
    if (this.#advance(covers_from, seq, agentNs)) this.#options.onEvent({ kind, agentNs, source, detail });
  }

  #takeLoss({ seq, covers_from, reason, count, from_mono_ns, to_mono_ns }: Message<'loss'>): void {
    const fromAgentNs = this.#agentNsOf(from_mono_ns);
    if (!this.#advance(covers_from, seq, fromAgentNs)) return;
    this.#options.onLoss({ reason, count, fromAgentNs, toAgentNs: this.#agentNsOf(to_mono_ns) });
  }

  #takeDropped(dropped: Message<'dropped'>): void {
    const { reason, to_seq, records_count, from_mono_ns, to_mono_ns } = dropped;
    if (to_seq < this.#nextSeq) return;
    this.#nextSeq = to_seq + 1;
    this.#openLoss = undefined;
    this.#options.onLoss({
      reason,
      count: records_count ?? undefined,
      fromAgentNs: from_mono_ns === null ? this.#lastAgentNs : this.#agentNsOf(from_mono_ns),
      toAgentNs: to_mono_ns === null ? undefined : this.#agentNsOf(to_mono_ns),
    });
  }

  /** Takes note of an item; says whether it is new. */
  #advance(coversFrom: number, seq: number, atAgentNs: number): boolean {
    if (seq < this.#nextSeq) return false;
    if (coversFrom > this.#nextSeq)
      this.#openLoss ??= { reason: 'sequence_gap', fromAgentNs: this.#lastAgentNs };
    if (this.#openLoss !== undefined) this.#tellOpenLoss(atAgentNs);
    this.#nextSeq = seq + 1;
    // Only now: an agent whose every message is wrong would otherwise be asked again without a pause.
    this.#retryMs = FIRST_RETRY_MS;
    return true;
  }

  #tellOpenLoss(toAgentNs: number | undefined): void {
    const { reason = 'agent_unreachable', fromAgentNs = this.#lastAgentNs } = this.#openLoss ?? {};
    this.#openLoss = undefined;
    const loss: LinkLoss = { reason, count: undefined, fromAgentNs, toAgentNs };
    this.#options.onLoss(loss);
  }

  #loseUntilEnd(): void {
    this.#tellOpenLoss(undefined);
  }

  #end(reason: string): void {
    this.#isEnded = true;
    clearTimeout(this.#retryTimer);
    this.#prober?.stop();
    this.#rejectReady(new FluidscopeError(`The link has ended: ${reason}`, { code: 'link.closed' }));
    this.#socket?.terminate();
    this.#options.onState({ kind: 'ended', reason });
  }

  #agentNsOf(monoNs: bigint): number {
    const agentNs = Number(monoNs - this.#requireHello().originMonoNs);
    if (Number.isSafeInteger(agentNs)) return agentNs;
    throw badMessage(`a time is more than 104 days from the agent's origin`);
  }

  #requireHello(): AgentHello {
    if (this.#hello === undefined) throw badMessage('the agent did not say hello first');
    return this.#hello;
  }
}

function badMessage(problem: string): FluidscopeError {
  return new FluidscopeError(`Expected messages of an agent but received another: ${messageOf(problem)}`, {
    code: 'link.bad-message',
    hint: 'Use the same version of fluidscope on both sides, and check the address.',
  });
}

function smallest(valuesNs: Float64Array): number {
  return valuesNs.reduce((least, valueNs) => Math.min(least, valueNs), Infinity);
}

function largest(valuesNs: Float64Array): number {
  return valuesNs.reduce((most, valueNs) => Math.max(most, valueNs), -Infinity);
}
