import { randomUUID } from 'node:crypto';
import { encodeFrame } from '../frame/encode-frame.js';
import { MAX_FRAME_SAMPLES } from '../frame/frame-format.js';
import { ReusedColumns, sliceRows, type SampleColumns } from '../sample-columns.js';
import type { AgentEvent, AgentLoss, TelemetrySource } from '../telemetry-source.js';
import { ItemBacklog } from './item-backlog.js';
import type { TelemetryLimits } from './limits.js';
import type { StreamItem } from './stream-item.js';

/** Who is told that the stream has grown. */
export interface StreamFollower {
  advance(): void;
}

/** Each variant of a union without the keys `Key`. */
type Without<Item, Key extends PropertyKey> = Item extends unknown ? Omit<Item, Key> : never;

/**
 * A source's samples, events and losses as one numbered stream.
 *
 * 1. The source runs only while somebody follows, and for `resumeWindowMs` after the last left. A pause takes a number of
 *    its own, so that a reader that comes back after it finds a gap and not a seamless stream.
 * 2. Items are encoded once and kept once, whatever the number of followers: a follower holds a position and no items.
 */
export class TelemetryStream implements Disposable {
  readonly streamId = randomUUID();
  readonly originMonoNs: bigint;
  readonly backlog: ItemBacklog;
  readonly #source: TelemetrySource;
  readonly #limits: TelemetryLimits;
  readonly #followers = new Set<StreamFollower>();
  #subscription: Disposable | undefined;
  #pauseTimer: NodeJS.Timeout | undefined;
  #nextSeq = 0;
  #samplesCount = 0;
  readonly #columns = new ReusedColumns();
  /** Its columns are read by whoever is told of the item at once, and are overwritten by the next. */
  #latest: { readonly seq: number; readonly columns: SampleColumns } | undefined;

  constructor(source: TelemetrySource, originMonoNs: bigint, limits: TelemetryLimits) {
    this.#source = source;
    this.originMonoNs = originMonoNs;
    this.#limits = limits;
    this.backlog = new ItemBacklog(limits.backlogBytes);
  }

  get nextSeq(): number {
    return this.#nextSeq;
  }

  /** Samples of the stream so far. */
  get samplesCount(): number {
    return this.#samplesCount;
  }

  follow(follower: StreamFollower): void {
    clearTimeout(this.#pauseTimer);
    this.#followers.add(follower);
    this.#subscription ??= this.#source.subscribe({
      onRecords: (records) => this.#addRecords(records),
      onEvent: (event) => this.#addEvent(event),
      onLoss: (loss) => this.#addLoss(loss),
    });
  }

  unfollow(follower: StreamFollower): void {
    this.#followers.delete(follower);
    if (this.#followers.size > 0 || this.#subscription === undefined) return;
    clearTimeout(this.#pauseTimer);
    this.#pauseTimer = setTimeout(() => this.#pause(), this.#limits.resumeWindowMs).unref();
  }

  /** The decoded samples of the newest item, which most readers of a selection are at; `undefined` for any other. */
  columnsOf(seq: number): SampleColumns | undefined {
    return this.#latest?.seq === seq ? this.#latest.columns : undefined;
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#pauseTimer);
    this.#subscription?.[Symbol.dispose]();
    this.#subscription = undefined;
    this.#followers.clear();
  }

  #pause(): void {
    this.#subscription?.[Symbol.dispose]();
    this.#subscription = undefined;
    this.backlog.clear();
    this.#latest = undefined;
    this.#nextSeq += 1;
  }

  #addRecords(records: Buffer): void {
    this.#latest = undefined;
    const columns = this.#columns.of(records, this.originMonoNs);
    if (columns.length <= MAX_FRAME_SAMPLES) {
      if (columns.length > 0) this.#addSamples(columns);
      return;
    }
    for (let from = 0; from < columns.length; from += MAX_FRAME_SAMPLES) {
      this.#addSamples(sliceRows(columns, from, Math.min(from + MAX_FRAME_SAMPLES, columns.length)));
    }
  }

  #addSamples(columns: SampleColumns): void {
    const { fromMonoNs, toMonoNs } = this.#spanOf(columns);
    const seq = this.#nextSeq;
    let frame: Buffer;
    try {
      frame = encodeFrame({ seq, coversFrom: seq, columns }, this.originMonoNs);
    } catch (thrown) {
      if (!(thrown instanceof RangeError)) throw thrown;
      // Broken times from a source: the samples are lost, and that is told like any other loss.
      this.#addLoss({ reason: 'unencodable_times', count: columns.length, fromMonoNs, toMonoNs });
      return;
    }
    this.#latest = { seq, columns };
    const samplesCount = columns.length;
    this.#add({ kind: 'samples', frame, samplesCount, fromMonoNs, toMonoNs, sizeBytes: frame.length });
  }

  #spanOf({ beforeNs, length }: SampleColumns): { fromMonoNs: bigint; toMonoNs: bigint } {
    let fromNs = Infinity;
    let toNs = -Infinity;
    for (let row = 0; row < length; row++) {
      const timeNs = beforeNs[row] ?? 0;
      if (timeNs < fromNs) fromNs = timeNs;
      if (timeNs > toNs) toNs = timeNs;
    }
    return {
      fromMonoNs: this.originMonoNs + BigInt(fromNs),
      toMonoNs: this.originMonoNs + BigInt(toNs),
    };
  }

  #addEvent(event: AgentEvent): void {
    this.#add({ kind: 'event', event, sizeBytes: JSON.stringify(event.detail).length });
  }

  #addLoss(loss: AgentLoss): void {
    this.#add({ kind: 'loss', loss, sizeBytes: 0 });
  }

  #add(content: Without<StreamItem, 'seq' | 'samplesBefore'>): void {
    this.backlog.push({ ...content, seq: this.#nextSeq, samplesBefore: this.#samplesCount });
    this.#nextSeq += 1;
    if (content.kind === 'samples') this.#samplesCount += content.samplesCount;
    for (const follower of this.#followers) follower.advance();
  }
}
