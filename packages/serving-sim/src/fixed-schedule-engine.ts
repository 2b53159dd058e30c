import { engineNs, type EngineNs } from './engine-time.js';
import { Fifo } from './fifo.js';
import { requireFittingRequest, requireOrderedArrival } from './request-checks.js';
import type { EngineEvent, EngineRequest, EngineStats, ServingEngine } from './serving-engine.js';

export interface FixedScheduleOptions {
  /** From arrival to the first token. */
  readonly ttftNs: number;
  /** From each token to the next. */
  readonly tbtNs: number;
  readonly maxModelTokens: number;
}

interface Stream<R> {
  readonly request: R;
  emittedTokens: number;
  isCancelled: boolean;
}

interface Due<R> {
  readonly stream: Stream<R>;
  readonly startNs: EngineNs;
  readonly dueNs: EngineNs;
}

const NOTHING: readonly never[] = [];

/**
 * Not an engine model but a ruler: token k of every request is due at `arrival + ttft + k × tbt`, whatever else runs. Each token is
 * an iteration of its own. For measuring clients: the schedule of every stream is known exactly, and streams that
 * arrive apart stay apart.
 */
export function createFixedScheduleEngine<R extends EngineRequest>(
  options: FixedScheduleOptions,
): ServingEngine<R> {
  return new FixedScheduleEngine<R>(options);
}

class FixedScheduleEngine<R extends EngineRequest> implements ServingEngine<R> {
  private readonly streams = new Map<R, Stream<R>>();
  /** Both in order of due time: arrivals come in order, and tokens are handled in order; the delays are constant. */
  private readonly firstTokens = new Fifo<Due<R>>();
  private readonly laterTokens = new Fifo<Due<R>>();
  private lastArrivalNs = 0 as EngineNs;
  private nextIterationIndex = 0;

  constructor(private readonly options: FixedScheduleOptions) {
    engineNs(options.ttftNs);
    engineNs(options.tbtNs);
  }

  submit(request: R, atNs: EngineNs): void {
    requireOrderedArrival(atNs, this.lastArrivalNs);
    requireFittingRequest(request, this.options.maxModelTokens);
    if (this.streams.has(request))
      throw new RangeError('Expected a request that the engine does not hold yet');
    this.lastArrivalNs = atNs;
    const stream: Stream<R> = { request, emittedTokens: 0, isCancelled: false };
    this.streams.set(request, stream);
    this.firstTokens.push({ stream, startNs: atNs, dueNs: engineNs(atNs + this.options.ttftNs) });
  }

  cancel(request: R): boolean {
    const stream = this.streams.get(request);
    if (stream === undefined) return false;
    stream.isCancelled = true;
    this.streams.delete(request);
    return true;
  }

  nextEventNs(): EngineNs | undefined {
    return this.nextQueue().first()?.dueNs;
  }

  step(): EngineEvent<R> | undefined {
    const queue = this.nextQueue();
    const due = queue.first();
    if (due === undefined) return undefined;
    queue.removeFirst();
    const { stream, startNs, dueNs } = due;
    const { request } = stream;
    const tokenIndex = stream.emittedTokens++;
    const isLast = stream.emittedTokens === request.outputTokens;
    if (isLast) this.streams.delete(request);
    else this.laterTokens.push({ stream, startNs: dueNs, dueNs: engineNs(dueNs + this.options.tbtNs) });
    return {
      kind: 'ended',
      iteration: {
        iterationIndex: this.nextIterationIndex++,
        startNs,
        endNs: dueNs,
        prefillChunks:
          tokenIndex === 0 ? [{ request, chunkTokens: request.promptTokens, contextTokens: 0 }] : NOTHING,
        decodes:
          tokenIndex === 0 ? NOTHING : [{ request, contextTokens: request.promptTokens + tokenIndex - 1 }],
        preempted: NOTHING,
        admitted: tokenIndex === 0 ? [request] : NOTHING,
        emissions: [{ request, tokenIndex, isLast }],
      },
    };
  }

  stats(): EngineStats {
    return {
      runningCount: this.streams.size,
      waitingCount: 0,
      kvBlockCount: 0,
      kvUsedBlockCount: 0,
      totalPreemptionCount: 0,
      prefixQueryTokens: 0,
      prefixHitTokens: 0,
      schemaHeldNs: 0,
      kvHeldNs: 0,
      draftedTokens: 0,
      acceptedTokens: 0,
    };
  }

  /** The queue whose first token is due first; cancelled streams are dropped as they come to the head. */
  private nextQueue(): Fifo<Due<R>> {
    for (const queue of [this.firstTokens, this.laterTokens]) {
      while (queue.first()?.stream.isCancelled === true) queue.removeFirst();
    }
    const firstDueNs = this.firstTokens.first()?.dueNs ?? Infinity;
    const laterDueNs = this.laterTokens.first()?.dueNs ?? Infinity;
    return firstDueNs < laterDueNs ? this.firstTokens : this.laterTokens;
  }
}
