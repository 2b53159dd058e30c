"""Reads a file of `fluidscope export --format perfetto` by Perfetto's own descriptors and checks it as its trace processor would.

Usage: check_perfetto.py FILE [--processor]

Every packet must parse without an unknown field, every track that an event names must be described, every slice must end and nest, every
interned text must be there. With --processor the file is also loaded into Perfetto's trace processor, which its Python package downloads; without
a network that cannot be, and is said.
"""

import sys
from collections import Counter, defaultdict

from perfetto.protos.perfetto.trace import perfetto_trace_pb2 as pb


def problems_of(trace):
    tracks, names, depth, problems = {}, defaultdict(dict), defaultdict(list), []
    events = []
    for packet in trace.packet:
        if packet.sequence_flags & 1:
            names.clear()
        for kind in ("event_names", "event_categories", "debug_annotation_names"):
            for entry in getattr(packet.interned_data, kind):
                names[kind][entry.iid] = entry.name
        if packet.HasField("track_descriptor"):
            tracks[packet.track_descriptor.uuid] = packet.track_descriptor
        if packet.HasField("track_event"):
            event = packet.track_event
            if event.track_uuid not in tracks:
                problems.append(f"an event at {packet.timestamp} names a track that is not described")
            if event.name_iid and event.name_iid not in names["event_names"]:
                problems.append(f"an event at {packet.timestamp} names a text that is not there")
            for note in event.debug_annotations:
                if note.name_iid not in names["debug_annotation_names"]:
                    problems.append(f"an argument at {packet.timestamp} names a text that is not there")
            name = names["event_names"].get(event.name_iid, event.name)
            events.append((packet.timestamp, len(events), event.type, event.track_uuid, name))
    slices = Counter()
    for at, _, kind, track, name in sorted(events):
        if kind == pb.TrackEvent.TYPE_SLICE_BEGIN:
            depth[track].append((at, name))
        elif kind == pb.TrackEvent.TYPE_SLICE_END:
            if not depth[track]:
                problems.append(f"a slice ends at {at} that did not begin")
            else:
                slices[depth[track].pop()[1]] += 1
    for track, stack in depth.items():
        problems += [f"slice {name} on {tracks[track].name} does not end" for _, name in stack if name != "run"]
    for uuid, track in tracks.items():
        if track.parent_uuid and track.parent_uuid not in tracks:
            problems.append(f"track {track.name} has a parent that is not described")
    kinds = Counter(pb.TrackEvent.Type.Name(kind) for _, _, kind, _, _ in events)
    return problems, {"tracks": len(tracks), **kinds, "tokens": slices["token"] + slices["first token"]}


def has_unknown_fields(data):
    """Protobuf keeps what it does not know: what is written again without it is shorter."""
    trace = pb.Trace.FromString(data)
    before = trace.ByteSize()
    trace.DiscardUnknownFields()
    return trace.ByteSize() != before


def load_in_processor(path):
    from perfetto.trace_processor import TraceProcessor, TraceProcessorConfig

    try:
        processor = TraceProcessor(trace=path, config=TraceProcessorConfig(load_timeout=20))
    except Exception as error:  # noqa: BLE001 - whatever keeps the binary away
        print(f"not run: Perfetto's trace processor could not be had ({type(error).__name__}: {error})")
        return []
    errors = processor.query("select name, value from stats where severity in ('error', 'data_loss') and value > 0")
    return [f"trace processor: {row.name} = {row.value}" for row in errors]


def main(path, *flags):
    with open(path, "rb") as file:
        data = file.read()
    problems, counts = problems_of(pb.Trace.FromString(data))
    if has_unknown_fields(data):
        problems.append("there are fields that Perfetto does not know")
    if "--processor" in flags:
        problems += load_in_processor(path)
    print(", ".join(f"{count} {what}" for what, count in counts.items()))
    for problem in problems[:20]:
        print(f"error: {problem}", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
