import { PbfReader } from 'pbf';

/** A packet of a file with its event or track, as field numbers have it; texts that were interned are put in their place. */
export interface ReadTrack {
  uuid: number;
  name: string;
  parentUuid: number | undefined;
  unit: string | undefined;
}

export interface ReadEvent {
  type: 'begin' | 'end' | 'instant' | 'counter';
  atNs: number;
  track: number;
  name: string | undefined;
  category: string | undefined;
  value: number | undefined;
  args: Record<string, unknown>;
}

export interface ReadSlice {
  readonly name: string;
  readonly track: number;
  readonly fromNs: number;
  readonly toNs: number;
  readonly depth: number;
  readonly args: Readonly<Record<string, unknown>>;
}

export interface ReadTrace {
  readonly tracks: ReadonlyMap<number, ReadTrack>;
  /** In order of time, as Perfetto sorts them: by time, then by place in the file. */
  readonly events: readonly ReadEvent[];
  readonly slices: readonly ReadSlice[];
}

const TYPES = [undefined, 'begin', 'end', 'instant', 'counter'] as const;

/** Reads a file by the rules that Perfetto's trace processor has for it, and throws where that would count an error. */
export function readPerfetto(bytes: Uint8Array): ReadTrace {
  const tracks = new Map<number, ReadTrack>();
  const events: ReadEvent[] = [];
  const interned: Record<number, Map<number, string>> = { 1: new Map(), 2: new Map(), 3: new Map() };
  new PbfReader(bytes).readFields((tag, _, file) => {
    if (tag !== 1) throw new Error(`a field ${tag} outside of a packet`);
    file.readMessage((field, __, packet) => readPacketField(field, packet), undefined);
    if (current.event !== undefined) events.push({ ...current.event, atNs: current.atNs });
    current = { atNs: 0, event: undefined };
  }, undefined);
  const ordered = events.toSorted((a, b) => a.atNs - b.atNs);
  return { tracks, events: ordered, slices: slicesOf(ordered) };

  function readPacketField(field: number, packet: PbfReader): void {
    if (field === 8) current.atNs = packet.readVarint();
    if (field === 12)
      packet.readMessage((kind, _, data) => {
        const string = data.readMessage(
          (part, into: { iid: number; name: string }, at) => {
            if (part === 1) into.iid = at.readVarint();
            if (part === 2) into.name = at.readString();
          },
          { iid: 0, name: '' },
        );
        interned[kind]?.set(string.iid, string.name);
      }, undefined);
    if (field === 60) {
      const track = packet.readMessage(readTrackField, {
        uuid: 0,
        name: '',
        parentUuid: undefined,
        unit: undefined,
      });
      if (tracks.has(track.uuid)) throw new Error(`track ${track.uuid} is described twice`);
      tracks.set(track.uuid, track);
    }
    if (field === 11) current.event = readEvent(packet, interned);
  }
}

let current: { atNs: number; event: Omit<ReadEvent, 'atNs'> | undefined } = { atNs: 0, event: undefined };

function readTrackField(field: number, track: ReadTrack, pbf: PbfReader): void {
  if (field === 1) track.uuid = pbf.readVarint();
  if (field === 2) track.name = pbf.readString();
  if (field === 5) track.parentUuid = pbf.readVarint();
  if (field === 8)
    pbf.readMessage((part, _, counter) => {
      if (part === 6) track.unit = counter.readString();
    }, undefined);
}

function readEvent(pbf: PbfReader, interned: Record<number, Map<number, string>>): Omit<ReadEvent, 'atNs'> {
  const event: Omit<ReadEvent, 'atNs'> = {
    type: 'instant',
    track: 0,
    name: undefined,
    category: undefined,
    value: undefined,
    args: {},
  };
  return pbf.readMessage((field, into, at) => {
    if (field === 3) into.category = interned[1]?.get(at.readVarint());
    if (field === 4) {
      const [name, value] = readArg(at, interned);
      into.args[name] = value;
    }
    if (field === 9) into.type = TYPES[at.readVarint()] ?? 'instant';
    if (field === 10) into.name = interned[2]?.get(at.readVarint());
    if (field === 11) into.track = at.readVarint();
    if (field === 23) into.name = at.readString();
    if (field === 30) into.value = at.readVarint(true);
    if (field === 44) into.value = at.readDouble();
  }, event);
}

function readArg(pbf: PbfReader, interned: Record<number, Map<number, string>>): [string, unknown] {
  const arg: [string, unknown] = ['', undefined];
  return pbf.readMessage((field, into, at) => {
    if (field === 1) into[0] = interned[3]?.get(at.readVarint()) ?? '';
    if (field === 2) into[1] = at.readBoolean();
    if (field === 4) into[1] = at.readVarint(true);
    if (field === 5) into[1] = at.readDouble();
    if (field === 6) into[1] = at.readString();
  }, arg);
}

/** An end closes the latest begin of its track; one without a begin, or a slice that outlasts the one around it, is an error. */
function slicesOf(events: readonly ReadEvent[]): ReadSlice[] {
  const stacks = new Map<number, ReadEvent[]>();
  const slices: ReadSlice[] = [];
  for (const event of events) {
    const stack = stacks.get(event.track) ?? [];
    stacks.set(event.track, stack);
    if (event.type === 'begin') stack.push(event);
    if (event.type !== 'end') continue;
    const begin = stack.pop();
    if (begin === undefined) throw new Error(`an end at ${event.atNs} on track ${event.track} has no begin`);
    slices.push({
      name: begin.name ?? '',
      track: event.track,
      fromNs: begin.atNs,
      toNs: event.atNs,
      depth: stack.length,
      args: { ...begin.args, ...event.args },
    });
  }
  for (const [track, stack] of stacks)
    if (stack.length > 0) throw new Error(`track ${track} has ${stack.length} slices without an end`);
  return slices;
}
