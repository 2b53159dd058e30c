import { uncertaintyLimits, type UncertaintyLimits } from '@fluidscope/diagnosis';
import { DEFAULT_DEADLINES } from '@fluidscope/metrics';
import {
  readRecordedAgent,
  readRecordedConfig,
  type AgentRow,
  type RunRow,
  type TraceReader,
} from '@fluidscope/trace-schema';
import { durationNs } from '@fluidscope/units';
import {
  addLooseClock,
  gpuCounters,
  hostCounters,
  writeCounter,
  writeRowCounters,
} from './counter-tracks.js';
import { JoinedSpans } from './joined-spans.js';
import { episodeSlice, lossSlice, maskedSlice, writeEvents, writeSlices } from './notice-tracks.js';
import { PacketWriter, type Track } from './packet-writer.js';
import { RequestTracks } from './request-tracks.js';
import { groupBy } from '../group-by.js';

export interface PerfettoProgress {
  readonly stage: 'requests' | 'tokens' | 'telemetry';
  /** What is done of the whole, 0 to 1, by a rough guess. */
  readonly doneRatio: number;
}

/** The tracks under which all others stand, from top to bottom. */
interface Roots {
  readonly episodes: Track;
  readonly requests: Track;
  readonly events: Track;
}

/**
 * A trace in Perfetto's own format, piece by piece: pieces one after the other are the file. Times are run time in ns, all on the client's
 * clock. Holds the requests' rows, one batch of chunks and one of samples at a time, so memory does not grow with the tokens.
 */
export async function* perfettoTrace(
  reader: TraceReader,
  onProgress: (progress: PerfettoProgress) => void = () => undefined,
): AsyncGenerator<Uint8Array> {
  const packets = new PacketWriter();
  const run = await reader.run();
  const limits = limitsOf(run);
  const root = packets.track(`fluidscope run ${run.runId}`);
  writeRun(packets, root, run);
  const roots: Roots = {
    episodes: packets.track('Stall episodes', { parent: root }),
    requests: packets.track('Requests', { parent: root }),
    events: packets.track('Events', { parent: root }),
  };
  onProgress({ stage: 'requests', doneRatio: 0 });
  const requests = new RequestTracks(packets, limits);
  yield* requestPieces(reader, { packets, requests, roots, run, onProgress });
  writeSlices(packets, (await reader.episodes()).map(episodeSlice), {
    name: 'episode',
    parent: roots.episodes,
  });
  writeEvents(packets, await reader.events(), roots.events);
  writeSlices(packets, (await reader.losses()).map(lossSlice), { name: 'loss', parent: roots.events });
  yield* pieces(packets);
  const masked = [
    ...requests.lateStamps.all().map((span) => maskedSlice(span, 'the client was late', 'client')),
    ...requests.lateSends.all().map((span) => maskedSlice(span, 'sends were behind', 'client')),
  ];
  for (const [index, agent] of (await reader.agents()).entries()) {
    onProgress({ stage: 'telemetry', doneRatio: 0.6 + 0.1 * Math.min(3, index) });
    const looseClock = new JoinedSpans();
    yield* agentPieces(reader, { packets, agent, root, looseClock, limits });
    masked.push(
      ...looseClock
        .all()
        .map((span) => maskedSlice(span, 'the agent’s clock is not known well enough', agent.agentId)),
    );
  }
  writeSlices(packets, masked, { name: 'masked', parent: roots.events });
  yield* ownPieces(reader, packets, root);
  yield* pieces(packets, { isLast: true });
}

function limitsOf({ config }: RunRow): UncertaintyLimits {
  const recorded = readRecordedConfig(config);
  if (recorded === undefined) return uncertaintyLimits(DEFAULT_DEADLINES);
  return uncertaintyLimits({
    ttftDeadlineNs: durationNs(recorded.ttft_deadline_ns),
    tbtDeadlineNs: durationNs(recorded.tbt_deadline_ns),
  });
}

/** The whole run as one slice, with what it takes to find it again. */
function writeRun(packets: PacketWriter, root: Track, run: RunRow): void {
  const recorded = readRecordedConfig(run.config);
  packets.begin(root, 0, {
    name: 'run',
    category: 'run',
    args: {
      run_id: run.runId,
      started_wall_ns: String(run.startedWallNs),
      started_mono_ns: String(run.startedMonoNs),
      ttft_deadline_ns: recorded?.ttft_deadline_ns,
      tbt_deadline_ns: recorded?.tbt_deadline_ns,
      stop_reason: run.end?.stopReason ?? 'cut short',
    },
  });
  // Perfetto draws a slice without an end up to the end of the trace.
  if (run.end !== undefined) packets.end(root, run.end.endedNs);
}

interface RequestPieces {
  readonly packets: PacketWriter;
  readonly requests: RequestTracks;
  readonly roots: Roots;
  readonly run: RunRow;
  readonly onProgress: (progress: PerfettoProgress) => void;
}

async function* requestPieces(
  reader: TraceReader,
  { packets, requests, roots, run, onProgress }: RequestPieces,
): AsyncGenerator<Uint8Array> {
  requests.begin(await reader.requests(), roots.requests);
  yield* pieces(packets);
  onProgress({ stage: 'tokens', doneRatio: 0.1 });
  for await (const chunks of reader.chunks()) {
    requests.addChunks(chunks);
    yield* pieces(packets);
  }
  requests.end(run.end?.endedNs);
  yield* pieces(packets);
  await requests.addMisses(reader);
  yield* pieces(packets);
}

interface AgentPieces {
  readonly packets: PacketWriter;
  readonly agent: AgentRow;
  readonly root: Track;
  readonly looseClock: JoinedSpans;
  readonly limits: UncertaintyLimits;
}

async function* agentPieces(
  reader: TraceReader,
  { packets, agent, root, looseClock, limits }: AgentPieces,
): AsyncGenerator<Uint8Array> {
  const hostname = readRecordedAgent(agent.description)?.hostname ?? agent.agentId;
  const parent = packets.track(`Host ${hostname} (agent ${agent.agentId})`, { parent: root });
  for (const counters of [gpuCounters, hostCounters]) {
    for await (const series of counters(reader, packets, { agent, parent })) {
      addLooseClock(looseClock, series, limits.clockBoundNs);
      yield* pieces(packets);
    }
  }
  const offsets = (await reader.clockOffsets()).filter(({ agentId }) => agentId === agent.agentId);
  if (offsets.length > 0)
    writeCounter(packets, {
      timesNs: offsets.map(({ timeNs }) => timeNs),
      values: offsets.map(({ boundNs }) => boundNs),
      name: 'clock_bound_ns',
      unit: 'ns',
      parent,
    });
  yield* pieces(packets);
}

/** The engine's own metrics and the client's. */
async function* ownPieces(
  reader: TraceReader,
  packets: PacketWriter,
  root: Track,
): AsyncGenerator<Uint8Array> {
  const server = await reader.serverSamples({});
  for (const [endpoint, rows] of groupBy(server, (row) => row.endpoint)) {
    writeRowCounters(packets, rows, packets.track(`Engine ${endpoint}`, { parent: root }));
    yield* pieces(packets);
  }
  for (const agentId of await clientIds(reader)) {
    const rows = await reader.hostSamples({ agentId });
    if (rows.length === 0) continue;
    writeRowCounters(packets, rows, packets.track(`Load generator ${agentId}`, { parent: root }));
    yield* pieces(packets);
  }
}

/** The load generator's threads: `client`, or `client/0`, `client/1`, … beside it. */
async function clientIds(reader: TraceReader): Promise<readonly string[]> {
  const workers = new Set((await reader.requests()).map(({ workerIndex }) => workerIndex));
  return ['client', ...[...workers].toSorted((a, b) => a - b).map((index) => `client/${index}`)];
}

function* pieces(packets: PacketWriter, when?: { readonly isLast: boolean }): Generator<Uint8Array> {
  const bytes = packets.take(when);
  if (bytes !== undefined) yield bytes;
}
