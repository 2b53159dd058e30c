import type { UncertaintyLimits } from '@fluidscope/diagnosis';
import type { ChunkColumns, RequestRow, TraceReader } from '@fluidscope/trace-schema';
import { JoinedSpans } from './joined-spans.js';
import { lanesOf } from './lanes.js';
import type { EventArgs, EventText, PacketWriter, Track } from './packet-writer.js';

/** One request while its tokens are written. */
interface OpenRequest {
  readonly row: RequestRow;
  readonly track: Track;
  /** Where its next token's slice begins. */
  fromNs: number;
  hasToken: boolean;
  largestErrorNs: number;
}

const FIRST_TOKEN: EventText = { name: 'first token', category: 'token' };
const TOKEN: EventText = { name: 'token', category: 'token' };

/**
 * The requests of a trace as slices on as few tracks as their overlap asks for; in each the wait to be sent, the wait for the first token and
 * a slice a token-carrying chunk, from the one before it to its own arrival, so that a slice's length is the time between tokens. What late
 * stamps and late sends make unjudgeable is collected on the way.
 */
export class RequestTracks {
  readonly #packets: PacketWriter;
  readonly #limits: UncertaintyLimits;
  readonly #open = new Map<number, OpenRequest>();
  readonly lateStamps = new JoinedSpans();
  readonly lateSends = new JoinedSpans();

  constructor(packets: PacketWriter, limits: UncertaintyLimits) {
    this.#packets = packets;
    this.#limits = limits;
  }

  /** All requests before the first token: of two begins at one time, the first written is the outer one. */
  begin(rows: readonly RequestRow[], parent: Track): void {
    const ordered = rows.toSorted((a, b) => a.intendedNs - b.intendedNs);
    const lanes = lanesOf(
      ordered.map(({ intendedNs, endedNs }) => ({ fromNs: intendedNs, toNs: endedNs ?? Infinity })),
    );
    const count = lanes.reduce((most, lane) => Math.max(most, lane + 1), 0);
    const tracks = Array.from({ length: count }, (_, lane) =>
      this.#packets.track(`requests ${lane + 1}`, { parent }),
    );
    ordered.forEach((row, index) => {
      const track = tracks[lanes[index] ?? 0];
      if (track !== undefined) this.#beginOne(row, track);
    });
  }

  #beginOne(row: RequestRow, track: Track): void {
    const { intendedNs, sentNs } = row;
    this.#packets.begin(track, intendedNs, {
      name: row.requestId,
      isRare: true,
      category: row.phase === 'warmup' ? 'warm-up request' : 'request',
      args: argsOf(row),
    });
    if (sentNs !== undefined && sentNs > intendedNs) {
      this.#packets.begin(track, intendedNs, { name: 'waits to be sent', category: 'client' });
      this.#packets.end(track, sentNs);
      if (sentNs - intendedNs > this.#limits.sendLatenessNs) this.lateSends.add(intendedNs, sentNs);
    }
    const fromNs = sentNs ?? intendedNs;
    this.#open.set(row.requestIndex, { row, track, fromNs, hasToken: false, largestErrorNs: 0 });
  }

  addChunks(chunks: ChunkColumns): void {
    for (let index = 0; index < chunks.length; index += 1) {
      const request = this.#open.get(chunks.requestIndex[index] ?? -1);
      if (request !== undefined) this.#addChunk(request, chunks, index);
    }
  }

  #addChunk(request: OpenRequest, chunks: ChunkColumns, index: number): void {
    const atNs = chunks.arrivalNs[index] ?? NaN;
    const tokensCount = chunks.tokenCount[index] ?? 0;
    const errorNs = chunks.errorNs[index] ?? NaN;
    if (errorNs > this.#limits.stampErrorNs) this.lateStamps.add(atNs - errorNs, atNs);
    if (tokensCount === 0) return;
    if (errorNs > request.largestErrorNs) request.largestErrorNs = errorNs;
    const { track, fromNs, hasToken } = request;
    const text = hasToken ? TOKEN : FIRST_TOKEN;
    this.#packets.begin(
      track,
      Math.min(fromNs, atNs),
      tokensCount === 1 ? text : { ...text, args: { token_count: tokensCount } },
    );
    this.#packets.end(track, atNs);
    request.fromNs = atNs;
    request.hasToken = true;
  }

  /** After the last token: of two ends at one time, the first written closes the inner slice. A request without an end lasts as long as `runEndNs`. */
  end(runEndNs: number | undefined): void {
    for (const { row, track, fromNs, largestErrorNs } of this.#open.values()) {
      const endNs = Math.max(fromNs, row.endedNs ?? runEndNs ?? fromNs);
      this.#packets.end(track, endNs, {
        stamp_error_max_ns: largestErrorNs > 0 ? largestErrorNs : undefined,
      });
    }
  }

  /** Instants on the tracks of their requests. */
  async addMisses(reader: TraceReader): Promise<void> {
    for await (const misses of reader.deadlineMisses()) {
      for (const { requestIndex, arrivalNs, dueNs, missedCount, seq } of misses) {
        const track = this.#open.get(requestIndex)?.track;
        if (track === undefined) continue;
        this.#packets.instant(track, arrivalNs, {
          name: 'deadline missed',
          category: 'deadline',
          args: { late_ns: arrivalNs - dueNs, due_ns: dueNs, missed_deadlines: missedCount, seq },
        });
      }
    }
  }
}

function argsOf(row: RequestRow): EventArgs {
  return {
    status: row.status ?? 'unfinished',
    error_code: row.errorCode,
    error_message: row.errorMessage,
    prompt_tokens: row.usagePromptTokens ?? row.promptTokens,
    output_tokens: row.outputTokens,
    ttft_ns: row.ttftNs,
    end_to_end_ns: row.endToEndNs,
    fluidity_index: row.fluidityIndex,
    missed_deadlines: row.missedDeadlinesCount,
    total_deadlines: row.totalDeadlinesCount,
    finish_reason: row.finishReason,
    response_id: row.responseId,
    worker: row.workerIndex,
  };
}
