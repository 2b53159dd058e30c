import type { WebSocket } from 'ws';
import {
  LINK_VERSION,
  parseReaderMessage,
  type AgentMessageJson,
  type SubscribeMessage,
} from '../control-messages.js';
import { decodeFrame } from '../frame/decode-frame.js';
import { encodeFrame } from '../frame/encode-frame.js';
import { SampleFilter } from '../selection.js';
import { descriptionKey, type AgentDescription } from '../agent-description.js';
import type { TelemetrySelection } from '../telemetry-source.js';
import { addDropped, NOTHING_DROPPED, type ReaderFigures } from './reader-figures.js';
import type { StreamItem } from './stream-item.js';
import type { StreamFollower, TelemetryStream } from './telemetry-stream.js';

export interface StreamReaderOptions {
  readonly id: number;
  readonly socket: WebSocket;
  readonly stream: TelemetryStream;
  readonly describe: () => AgentDescription;
  readonly socketWindowBytes: number;
}

/**
 * One reader of the stream.
 *
 * 1. It holds a position in the stream's backlog, nothing else: a reader that does not read costs what its socket window
 *    holds, and never slows another.
 * 2. What the backlog gave up before this reader got there is told in a `dropped` message, in its place in the stream.
 * 3. A description waits in one slot of its own: a newer one replaces it.
 */
export class StreamReader implements StreamFollower {
  readonly #options: StreamReaderOptions;
  #filter = new SampleFilter({});
  #isSubscribed = false;
  #nextSeq = 0;
  /** First item not yet spoken for by a message to this reader. */
  #coversFrom = 0;
  /** `undefined`: the reader came back to a place whose count nobody remembers. */
  #samplesBefore: number | undefined;
  #lastMonoNs: bigint | undefined;
  #isLate = false;
  #pendingDescription: AgentDescription | undefined;
  /** Of the description that this reader has, or will have before anything else. */
  #toldKey: string;
  #dropped = NOTHING_DROPPED;

  constructor(options: StreamReaderOptions) {
    this.#options = options;
    const { stream, describe } = options;
    const description = describe();
    this.#toldKey = descriptionKey(description);
    this.#send({
      type: 'hello',
      link_version: LINK_VERSION,
      stream_id: stream.streamId,
      origin_mono_ns: String(stream.originMonoNs),
      description,
    });
  }

  get isSubscribed(): boolean {
    return this.#isSubscribed;
  }

  /** Takes a message of the reader; says what is wrong with it, or `undefined`. */
  take(text: string): string | undefined {
    const parsed = parseReaderMessage(text);
    if ('problem' in parsed) return parsed.problem;
    this.#filter = new SampleFilter(selectionOf(parsed.message));
    if (!this.#isSubscribed) this.#subscribe(parsed.message);
    return undefined;
  }

  /** A description that is not the one told is to be sent as soon as the socket takes it. */
  describe(description: AgentDescription): void {
    const key = descriptionKey(description);
    if (key === this.#toldKey) return;
    this.#toldKey = key;
    this.#pendingDescription = description;
    this.advance();
  }

  /** How this reader fares. */
  figures(): ReaderFigures {
    const { id, socket, stream } = this.#options;
    const behindCount = this.#isSubscribed ? stream.nextSeq - this.#nextSeq : 0;
    return { id, behindCount, bufferedBytes: socket.bufferedAmount, dropped: this.#dropped };
  }

  /** Sends what the socket's window takes. */
  advance(): void {
    while (this.#isSubscribed && this.#hasRoom()) {
      if (this.#pendingDescription !== undefined) this.#sendDescription(this.#pendingDescription);
      const item = this.#options.stream.backlog.from(this.#nextSeq);
      if (item === undefined) {
        this.#isLate = false;
        return;
      }
      if (item.seq > this.#nextSeq) this.#sendDropped(item);
      this.#sendItem(item);
    }
    this.#isLate = this.#isSubscribed;
  }

  #hasRoom(): boolean {
    const { socket, socketWindowBytes } = this.#options;
    return socket.readyState === socket.OPEN && socket.bufferedAmount < socketWindowBytes;
  }

  #subscribe({ resume }: SubscribeMessage): void {
    const { stream } = this.#options;
    const resumed = resume?.stream_id === stream.streamId && resume.next_seq <= stream.nextSeq;
    this.#nextSeq = resumed ? resume.next_seq : stream.nextSeq;
    this.#coversFrom = this.#nextSeq;
    this.#samplesBefore = stream.backlog.from(this.#nextSeq)?.samplesBefore ?? stream.samplesCount;
    if ((stream.backlog.first?.seq ?? stream.nextSeq) > this.#nextSeq) this.#samplesBefore = undefined;
    this.#isSubscribed = true;
    this.#send({ type: 'subscribed', resumed, next_seq: this.#nextSeq });
    stream.follow(this);
    // What changed since the hello: nobody need have watched the source meanwhile.
    this.describe(this.#options.describe());
    this.advance();
  }

  #sendDropped(next: StreamItem): void {
    // A reader with a selection cannot be told a number: nobody looked which of the samples it had selected.
    const missed = this.#samplesBefore === undefined ? undefined : next.samplesBefore - this.#samplesBefore;
    this.#dropped = addDropped(this.#dropped, { gapsCount: 1, samplesCount: missed ?? 0 });
    this.#send({
      type: 'dropped',
      reason: this.#isLate ? 'slow_reader' : 'backlog_exceeded',
      from_seq: this.#coversFrom,
      to_seq: next.seq - 1,
      records_count: this.#filter.isOpen ? (missed ?? null) : null,
      from_mono_ns: this.#lastMonoNs === undefined ? null : String(this.#lastMonoNs),
      to_mono_ns: String(startOf(next)),
    });
    this.#coversFrom = next.seq;
  }

  #sendItem(item: StreamItem): void {
    const message = this.#messageOf(item);
    this.#nextSeq = item.seq + 1;
    this.#samplesBefore = item.samplesBefore + (item.kind === 'samples' ? item.samplesCount : 0);
    this.#lastMonoNs = endOf(item);
    if (message === undefined) return;
    this.#coversFrom = this.#nextSeq;
    if (Buffer.isBuffer(message)) this.#options.socket.send(message, this.#onSent);
    else this.#send(message);
  }

  #messageOf(item: StreamItem): Buffer | AgentMessageJson | undefined {
    const numbers = { seq: item.seq, covers_from: this.#coversFrom };
    switch (item.kind) {
      case 'samples':
        return this.#frameOf(item);
      case 'event': {
        const { kind, monoNs, source, detail } = item.event;
        return { type: 'event', ...numbers, kind, mono_ns: String(monoNs), source, detail };
      }
      case 'loss': {
        const { reason, count, fromMonoNs, toMonoNs } = item.loss;
        const span = { from_mono_ns: String(fromMonoNs), to_mono_ns: String(toMonoNs) };
        return { type: 'loss', ...numbers, reason, count, ...span };
      }
    }
  }

  #frameOf({ seq, frame }: StreamItem & { readonly kind: 'samples' }): Buffer | undefined {
    const { stream } = this.#options;
    const coversFrom = this.#coversFrom;
    if (this.#filter.isOpen && coversFrom === seq) return frame;
    const columns = stream.columnsOf(seq) ?? decodeFrame(frame, stream.originMonoNs).columns;
    const selected = this.#filter.pass(columns);
    return selected && encodeFrame({ seq, coversFrom, columns: selected }, stream.originMonoNs);
  }

  #sendDescription(description: AgentDescription): void {
    this.#pendingDescription = undefined;
    this.#send({ type: 'description', description });
  }

  #send(message: AgentMessageJson): void {
    this.#options.socket.send(JSON.stringify(message), this.#onSent);
  }

  /** The socket took bytes: there may be room for more. An error ends the socket, which says so itself. */
  readonly #onSent = (error?: Error | null): void => {
    if (error === undefined || error === null) this.advance();
  };
}

function selectionOf({ selection = {} }: SubscribeMessage): TelemetrySelection {
  const { metric_ids: metricIds, gpu_indices: gpuIndices, max_hz: maxHz } = selection;
  return {
    ...(metricIds === undefined ? {} : { metricIds }),
    ...(gpuIndices === undefined ? {} : { gpuIndices }),
    ...(maxHz === undefined ? {} : { maxHz }),
  };
}

function startOf(item: StreamItem): bigint {
  switch (item.kind) {
    case 'samples':
      return item.fromMonoNs;
    case 'event':
      return item.event.monoNs;
    case 'loss':
      return item.loss.fromMonoNs;
  }
}

function endOf(item: StreamItem): bigint {
  switch (item.kind) {
    case 'samples':
      return item.toMonoNs;
    case 'event':
      return item.event.monoNs;
    case 'loss':
      return item.loss.toMonoNs;
  }
}
