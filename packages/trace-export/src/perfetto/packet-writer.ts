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
type FreshText = readonly [kind: Interned, iid: number, text: string];

/** A packet before it is written: one for all, since a trace has millions. */
interface Pending {
  flags: number;
  fresh: FreshText[];
  track: NewTrack | undefined;
  atNs: number;
  type: number;
  trackUuid: number;
  categoryIid: number;
  nameIid: number;
  rareName: string | undefined;
  args: [nameIid: number, value: string | number | boolean][];
  value: number | undefined;
}

type NewTrack = Track & TrackOptions & { readonly name: string };

/**
 * Writes packets of Perfetto's trace format one after the other. Times are run time in ns; a time before the run's start is written as 0, for
 * the format has none. Events of one track may come in any order but for slices: an end closes the latest begin of its track at that time.
 */
export class PacketWriter {
  #pbf = new PbfWriter();
  #tracksCount = 0;
  readonly #interned: Readonly<Record<Interned, Map<string, number>>> = {
    eventCategories: new Map(),
    eventNames: new Map(),
    debugAnnotationNames: new Map(),
  };
  readonly #pending: Pending = {
    flags: SEQUENCE_FLAGS.incrementalStateCleared | SEQUENCE_FLAGS.needsIncrementalState,
    fresh: [],
    track: undefined,
    atNs: 0,
    type: 0,
    trackUuid: 0,
    categoryIid: 0,
    nameIid: 0,
    rareName: undefined,
    args: [],
    value: undefined,
  };

  /** Siblings are shown in the order in which they were made. */
  track(name: string, { parent, counterUnit }: TrackOptions = {}): Track {
    this.#tracksCount += 1;
    const uuid = this.#tracksCount;
    this.#pending.track = { uuid, name, parent, counterUnit };
    this.#write();
    return { uuid };
  }

  begin(track: Track, atNs: number, text: EventText): void {
    this.#event(EVENT_TYPE.sliceBegin, track, atNs, text);
  }

  /** `args` are added to those of its begin. */
  end(track: Track, atNs: number, args?: EventArgs): void {
    if (args !== undefined) this.#addArgs(args);
    this.#event(EVENT_TYPE.sliceEnd, track, atNs);
  }

  instant(track: Track, atNs: number, text: EventText): void {
    this.#event(EVENT_TYPE.instant, track, atNs, text);
  }

  /** Holds until the track's next value. */
  counter(track: Track, atNs: number, value: number): void {
    this.#pending.value = value;
    this.#event(EVENT_TYPE.counter, track, atNs);
  }

  /** What was written since the last call, once it is worth handing on; all of it when `isLast`. */
  take({ isLast = false } = {}): Uint8Array | undefined {
    if (this.#pbf.pos === 0 || (this.#pbf.pos < FLUSH_BYTES && !isLast)) return undefined;
    const bytes = this.#pbf.finish();
    this.#pbf = new PbfWriter();
    return bytes;
  }

  #event(type: number, track: Track, atNs: number, text?: EventText): void {
    const pending = this.#pending;
    pending.type = type;
    pending.trackUuid = track.uuid;
    pending.atNs = Math.max(0, Math.round(atNs));
    if (text !== undefined) {
      pending.categoryIid = this.#intern('eventCategories', text.category);
      if (text.isRare === true) pending.rareName = text.name;
      else pending.nameIid = this.#intern('eventNames', text.name);
      if (text.args !== undefined) this.#addArgs(text.args);
    }
    this.#write();
  }

  #addArgs(args: EventArgs): void {
    for (const [name, value] of Object.entries(args))
      if (value !== undefined) this.#pending.args.push([this.#intern('debugAnnotationNames', name), value]);
  }

  #intern(kind: Interned, text: string): number {
    const known = this.#interned[kind].get(text);
    if (known !== undefined) return known;
    const iid = this.#interned[kind].size + 1;
    this.#interned[kind].set(text, iid);
    this.#pending.fresh.push([kind, iid, text]);
    return iid;
  }

  #write(): void {
    const pending = this.#pending;
    this.#pbf.writeMessage(TRACE_PACKET, writePacket, pending);
    pending.flags = SEQUENCE_FLAGS.needsIncrementalState;
    pending.fresh.length = 0;
    pending.track = undefined;
    pending.args.length = 0;
    pending.categoryIid = 0;
    pending.nameIid = 0;
    pending.rareName = undefined;
    pending.value = undefined;
  }
}

function writePacket(pending: Pending, pbf: PbfWriter): void {
  pbf.writeVarintField(PACKET.sequenceId, SEQUENCE_ID);
  pbf.writeVarintField(PACKET.sequenceFlags, pending.flags);
  if (pending.fresh.length > 0) pbf.writeMessage(PACKET.internedData, writeInterned, pending.fresh);
  if (pending.track !== undefined) {
    pbf.writeMessage(PACKET.trackDescriptor, writeTrack, pending.track);
    return;
  }
  pbf.writeVarintField(PACKET.timestamp, pending.atNs);
  pbf.writeMessage(PACKET.trackEvent, writeEvent, pending);
}

function writeTrack({ uuid, name, parent, counterUnit }: NewTrack, pbf: PbfWriter): void {
  pbf.writeVarintField(TRACK_DESCRIPTOR.uuid, uuid);
  pbf.writeStringField(TRACK_DESCRIPTOR.name, name);
  if (parent !== undefined) pbf.writeVarintField(TRACK_DESCRIPTOR.parentUuid, parent.uuid);
  pbf.writeVarintField(TRACK_DESCRIPTOR.siblingOrderRank, uuid);
  if (counterUnit === undefined)
    pbf.writeVarintField(TRACK_DESCRIPTOR.childOrdering, CHILD_ORDERING.explicit);
  else pbf.writeMessage(TRACK_DESCRIPTOR.counter, writeUnit, counterUnit);
}

function writeUnit(unit: string, pbf: PbfWriter): void {
  pbf.writeStringField(COUNTER_DESCRIPTOR.unitName, unit);
}

function writeEvent(pending: Pending, pbf: PbfWriter): void {
  const { type, trackUuid, categoryIid, nameIid, rareName, value, args } = pending;
  pbf.writeVarintField(TRACK_EVENT.type, type);
  pbf.writeVarintField(TRACK_EVENT.trackUuid, trackUuid);
  if (categoryIid > 0) pbf.writeVarintField(TRACK_EVENT.categoryIids, categoryIid);
  if (nameIid > 0) pbf.writeVarintField(TRACK_EVENT.nameIid, nameIid);
  if (rareName !== undefined) pbf.writeStringField(TRACK_EVENT.name, rareName);
  if (value !== undefined && Number.isSafeInteger(value))
    pbf.writeVarintField(TRACK_EVENT.counterValue, value);
  else if (value !== undefined) pbf.writeDoubleField(TRACK_EVENT.doubleCounterValue, value);
  for (const arg of args) pbf.writeMessage(TRACK_EVENT.debugAnnotations, writeArg, arg);
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

function writeInterned(fresh: readonly FreshText[], pbf: PbfWriter): void {
  for (const text of fresh) pbf.writeMessage(INTERNED_DATA[text[0]], writeFresh, text);
}

function writeFresh([, iid, text]: FreshText, pbf: PbfWriter): void {
  pbf.writeVarintField(INTERNED_STRING.iid, iid);
  pbf.writeStringField(INTERNED_STRING.name, text);
}
