import type { EpisodeRow, Json, Loss, TraceEvent } from '@fluidscope/trace-schema';
import { lanesOf, type Stretch } from './lanes.js';
import type { EventArgs, EventText, PacketWriter, Track } from './packet-writer.js';
import { groupBy } from '../group-by.js';

type TextedStretch = Stretch & { readonly text: EventText };

/** Slices on as many tracks named `name` as their overlap asks for. */
export function writeSlices(
  packets: PacketWriter,
  slices: readonly TextedStretch[],
  { name, parent }: { readonly name: string; readonly parent: Track },
): void {
  const ordered = slices.toSorted((a, b) => a.fromNs - b.fromNs);
  const lanes = lanesOf(ordered);
  const tracks: Track[] = [];
  ordered.forEach(({ fromNs, toNs, text }, index) => {
    const lane = lanes[index] ?? 0;
    const track = (tracks[lane] ??= packets.track(lane === 0 ? name : `${name} ${lane + 1}`, { parent }));
    packets.begin(track, fromNs, text);
    packets.end(track, toNs);
  });
}

export function episodeSlice(episode: EpisodeRow): TextedStretch {
  return {
    fromNs: episode.startNs,
    toNs: episode.endNs,
    text: {
      name: episode.cause,
      category: 'episode',
      args: {
        episode_id: episode.episodeId,
        scope: episode.scope,
        confidence: episode.confidence,
        tier: episode.tier,
        missed_deadlines: episode.missedCount,
        ...evidenceArgs(episode.evidence),
      },
    },
  };
}

export function lossSlice({ fromNs, toNs, source, count, reason }: Loss): TextedStretch {
  return {
    fromNs,
    toNs: Math.max(fromNs, toNs),
    text: { name: `lost: ${reason}`, category: 'loss', args: { source, count: count ?? 'unknown', reason } },
  };
}

export function maskedSlice({ fromNs, toNs }: Stretch, reason: string, source: string): TextedStretch {
  return {
    fromNs,
    toNs,
    text: { name: `cannot be judged: ${reason}`, category: 'masked', args: { source } },
  };
}

/** Instants, a track each source. */
export function writeEvents(packets: PacketWriter, events: readonly TraceEvent[], parent: Track): void {
  for (const [source, rows] of groupBy(events, (event) => event.source)) {
    const track = packets.track(source, { parent });
    for (const { kind, timeNs, detail } of rows)
      packets.instant(track, timeNs, {
        name: kind,
        category: 'event',
        args: { ...argsOf(detail), run_time_ns: timeNs < 0 ? timeNs : undefined },
      });
  }
}

/** The strongest claim in words, as `fluidscope diagnose` has it. */
function evidenceArgs(evidence: Json): EventArgs {
  const fields = argsOf(evidence);
  const claims = isObject(evidence) ? evidence['claims'] : undefined;
  const [claim] = Array.isArray(claims) ? (claims as readonly Json[]) : [];
  const { source, evidence: text, share_ratio: share } = argsOf(claim ?? null);
  return {
    source,
    evidence: text,
    share_ratio: share,
    masked: fields['masked'],
    unknown_because: claim === undefined ? fields['unknown_because'] : undefined,
  };
}

/** The plain values of an object; what nests stands as JSON. */
function argsOf(detail: Json): Record<string, string | number | boolean | undefined> {
  if (!isObject(detail)) return detail === null ? {} : { detail: plain(detail) };
  return Object.fromEntries(Object.entries(detail).map(([name, value]) => [name, plain(value)]));
}

function plain(value: Json): string | number | boolean | undefined {
  if (value === null) return undefined;
  return typeof value === 'object' ? JSON.stringify(value) : value;
}

function isObject(value: Json): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
