import { PbfWriter } from 'pbf';
import {
  CHILD_ORDERING,
  COUNTER_DESCRIPTOR,
  DEBUG_ANNOTATION,
  EVENT_TYPE,
  INTERNED_DATA,
  INTERNED_STRING,
  PACKET,
  SEQUENCE_FLAGS,
  TRACE_PACKET,
  TRACK_DESCRIPTOR,
  TRACK_EVENT,
} from './field-numbers.js';

/** What stands beside an event in Perfetto's details; `undefined` is left out. */
export type EventArgs = Readonly<Record<string, string | number | boolean | undefined>>;

/** `uuid` is what events name it by. */
export interface Track {
  readonly uuid: number;
}

export interface TrackOptions {
  readonly parent?: Track | undefined;
  /** Makes it a track of a counter, with the unit of its values. */
  readonly counterUnit?: string | undefined;
}

export interface EventText {
  /** Few and often used, or (`isRare`) one of many: those that are few are written once. */
  readonly name: string;
  readonly isRare?: true;
  readonly category: string;
  readonly args?: EventArgs;
}

const SEQUENCE_ID = 1;
const FLUSH_BYTES = 64 * 1024;

type Interned = keyof typeof INTERNED_DATA;

/**
 * Writes packets of Perfetto's trace format one after the other. Times are run time in ns; a time before the run's start is written as 0, for
 * the format has none. Events of one track may come in any order but for slices: an end closes the latest begin of its track at that time.
 */
export class PacketWriter {
  #pbf = new PbfWriter();
  #tracksCount = 0;
  #isFirst = true;
  readonly #interned: Readonly<Record<Interned, Map<string, number>>> = {
    eventCategories: new Map(),
    eventNames: new Map(),
    debugAnnotationNames: new Map(),
  };
  #fresh: (readonly [Interned, number, string])[] = [];

  /** Siblings are shown in the order in which they were made. */
  track(name: string, { parent, counterUnit }: TrackOptions = {}): Track {
    this.#tracksCount += 1;
    const uuid = this.#tracksCount;
    this.#packet((packet) => {
      packet.writeMessage(PACKET.trackDescriptor, writeTrack, { uuid, name, parent, counterUnit });
    });
    return { uuid };
  }

  begin(track: Track, atNs: number, text: EventText): void {
    this.#event(track, atNs, { type: EVENT_TYPE.sliceBegin, text });
  }

  /** `args` are added to those of its begin. */
  end(track: Track, atNs: number, args?: EventArgs): void {
    this.#event(track, atNs, { type: EVENT_TYPE.sliceEnd, args });
  }

  instant(track: Track, atNs: number, text: EventText): void {
    this.#event(track, atNs, { type: EVENT_TYPE.instant, text });
  }

  /** Holds until the track's next value. */
  counter(track: Track, atNs: number, value: number): void {
    this.#event(track, atNs, { type: EVENT_TYPE.counter, value });
  }

  /** What was written since the last call, once it is worth handing on; all of it when `isLast`. */
  take({ isLast = false } = {}): Uint8Array | undefined {
    if (this.#pbf.pos === 0 || (this.#pbf.pos < FLUSH_BYTES && !isLast)) return undefined;
    const bytes = this.#pbf.finish();
    this.#pbf = new PbfWriter();
    return bytes;
  }

  #event(track: Track, atNs: number, event: Omit<PlainEvent, 'track' | 'iids'>): void {
    const iids = this.#iidsOf(event);
    this.#packet((packet) => {
      packet.writeVarintField(PACKET.timestamp, Math.max(0, Math.round(atNs)));
      packet.writeMessage(PACKET.trackEvent, writeEvent, { ...event, track, iids });
    });
  }

  #iidsOf({ text, args = text?.args }: Omit<PlainEvent, 'track' | 'iids'>): EventIids {
    const named = Object.entries(args ?? {}).flatMap(([name, value]) =>
      value === undefined ? [] : [[this.#intern('debugAnnotationNames', name), value] as const],
    );
    return {
      category: text === undefined ? undefined : this.#intern('eventCategories', text.category),
      name: text === undefined || text.isRare === true ? undefined : this.#intern('eventNames', text.name),
      args: named,
    };
  }

  #intern(kind: Interned, text: string): number {
    const known = this.#interned[kind].get(text);
    if (known !== undefined) return known;
    const iid = this.#interned[kind].size + 1;
    this.#interned[kind].set(text, iid);
    this.#fresh.push([kind, iid, text]);
    return iid;
  }

  #packet(writeBody: (packet: PbfWriter) => void): void {
    const fresh = this.#fresh;
    this.#fresh = [];
    const flags = this.#isFirst
      ? SEQUENCE_FLAGS.incrementalStateCleared | SEQUENCE_FLAGS.needsIncrementalState
      : SEQUENCE_FLAGS.needsIncrementalState;
    this.#isFirst = false;
    this.#pbf.writeMessage(
      TRACE_PACKET,
      (_: undefined, packet) => {
        packet.writeVarintField(PACKET.sequenceId, SEQUENCE_ID);
        packet.writeVarintField(PACKET.sequenceFlags, flags);
        if (fresh.length > 0) packet.writeMessage(PACKET.internedData, writeInterned, fresh);
        writeBody(packet);
      },
      undefined,
    );
  }
}

interface EventIids {
  readonly category: number | undefined;
  readonly name: number | undefined;
  readonly args: readonly (readonly [nameIid: number, value: string | number | boolean])[];
}

interface PlainEvent {
  readonly type: number;
  readonly track: Track;
  readonly text?: EventText;
  readonly args?: EventArgs | undefined;
  readonly value?: number;
  readonly iids: EventIids;
}

function writeTrack(
  { uuid, name, parent, counterUnit }: Track & TrackOptions & { readonly name: string },
  pbf: PbfWriter,
): void {
  pbf.writeVarintField(TRACK_DESCRIPTOR.uuid, uuid);
  pbf.writeStringField(TRACK_DESCRIPTOR.name, name);
  if (parent !== undefined) pbf.writeVarintField(TRACK_DESCRIPTOR.parentUuid, parent.uuid);
  pbf.writeVarintField(TRACK_DESCRIPTOR.siblingOrderRank, uuid);
  if (counterUnit === undefined) {
    pbf.writeVarintField(TRACK_DESCRIPTOR.childOrdering, CHILD_ORDERING.explicit);
    return;
  }
  pbf.writeMessage(
    TRACK_DESCRIPTOR.counter,
    (unit: string, counter) => counter.writeStringField(COUNTER_DESCRIPTOR.unitName, unit),
    counterUnit,
  );
}

function writeEvent({ type, track, text, value, iids }: PlainEvent, pbf: PbfWriter): void {
  pbf.writeVarintField(TRACK_EVENT.type, type);
  pbf.writeVarintField(TRACK_EVENT.trackUuid, track.uuid);
  if (iids.category !== undefined) pbf.writeVarintField(TRACK_EVENT.categoryIids, iids.category);
  if (iids.name !== undefined) pbf.writeVarintField(TRACK_EVENT.nameIid, iids.name);
  else if (text !== undefined) pbf.writeStringField(TRACK_EVENT.name, text.name);
  if (value !== undefined && Number.isSafeInteger(value))
    pbf.writeVarintField(TRACK_EVENT.counterValue, value);
  else if (value !== undefined) pbf.writeDoubleField(TRACK_EVENT.doubleCounterValue, value);
  for (const arg of iids.args) pbf.writeMessage(TRACK_EVENT.debugAnnotations, writeArg, arg);
}

function writeArg(
  [nameIid, value]: readonly [nameIid: number, value: string | number | boolean],
  pbf: PbfWriter,
): void {
  pbf.writeVarintField(DEBUG_ANNOTATION.nameIid, nameIid);
  if (typeof value === 'string') pbf.writeStringField(DEBUG_ANNOTATION.stringValue, value);
  else if (typeof value === 'boolean') pbf.writeBooleanField(DEBUG_ANNOTATION.boolValue, value);
  else if (Number.isSafeInteger(value)) pbf.writeVarintField(DEBUG_ANNOTATION.intValue, value);
  else pbf.writeDoubleField(DEBUG_ANNOTATION.doubleValue, value);
}

function writeInterned(fresh: readonly (readonly [Interned, number, string])[], pbf: PbfWriter): void {
  for (const [kind, iid, name] of fresh) {
    pbf.writeMessage(
      INTERNED_DATA[kind],
      (_: undefined, string) => {
        string.writeVarintField(INTERNED_STRING.iid, iid);
        string.writeStringField(INTERNED_STRING.name, name);
      },
      undefined,
    );
  }
}
