import { keyedDraw } from '@fluidscope/serving-sim';
import type { ClientLoop } from './client-loop.js';
import type { Effect } from './fault.js';
import type { SimulatedRequest } from './simulated-request.js';
import { windowAt, type Window } from './timing-windows.js';

/** One token's server-sent event with its HTTP chunk framing, in bytes. */
const EVENT_BYTES = 180;
/** From the end of an iteration to the write of its tokens, and from there to the client's kernel: estimates of one rack. */
const WRITE_NS = 60_000;
const ONE_WAY_NS = 80_000;
const JITTER_NS = 40_000;

/** An effect on the way from engine to client, with the number that its draws belong to. */
export interface ActiveTransportEffect {
  readonly effect: Effect;
  readonly key: number;
}

/** The way of tokens from an engine's emission to the client's stamps, with all that may hold them up. Causal: it looks at nothing later. */
export class Delivery {
  private effects: readonly ActiveTransportEffect[] = [];

  /** `onRetransmit` learns when a segment was sent again. `apiWindows`: when the server's writing process stands still. */
  constructor(
    private readonly seed: number,
    private readonly client: ClientLoop,
    private readonly apiWindows: readonly Window[],
    private readonly onRetransmit: (atNs: number) => void,
  ) {}

  /** What holds from now on. */
  use(effects: readonly ActiveTransportEffect[]): void {
    this.effects = effects;
  }

  /** `tokensCount` tokens of one iteration. */
  emit(
    request: SimulatedRequest,
    { tokensCount, atNs, isLast }: { tokensCount: number; atNs: number; isLast: boolean },
  ): void {
    if (!request.plan.isRecorded) return;
    const blocked = windowAt(this.apiWindows, atNs);
    const writtenNs = (blocked?.toNs ?? atNs) + WRITE_NS;
    request.heldTokens += tokensCount;
    if (request.heldTokens < this.chunkTokens() && !isLast) return;
    this.pass(request, { tokensCount: request.heldTokens, writtenNs, isLast });
    request.heldTokens = 0;
  }

  private pass(
    request: SimulatedRequest,
    { tokensCount, writtenNs, isLast }: { tokensCount: number; writtenNs: number; isLast: boolean },
  ): void {
    const { bufferedTokens } = request;
    bufferedTokens.push(tokensCount);
    if (bufferedTokens.length * EVENT_BYTES < this.bufferBytes() && !isLast) return;
    const arrivalNs = this.carry(request, writtenNs);
    const stampedNs = this.client.stampNs(arrivalNs);
    const errorNs = this.client.stampErrorNs(arrivalNs, stampedNs);
    if (request.chunksCount === 0) request.addChunk(0, stampedNs, errorNs);
    for (const each of bufferedTokens) request.addChunk(each, stampedNs, errorNs);
    if (isLast) request.addChunk(0, stampedNs, errorNs);
    bufferedTokens.length = 0;
  }

  /** When a segment written at `writtenNs` is with the client; never before the one ahead of it. */
  private carry(request: SimulatedRequest, writtenNs: number): number {
    const { drawKey, chunksCount } = request;
    let arrivalNs =
      writtenNs + ONE_WAY_NS + Math.floor(keyedDraw(this.seed, drawKey, chunksCount) * JITTER_NS);
    for (const { effect, key } of this.effects) {
      if (effect.kind === 'packet_loss') {
        const isOnPath = keyedDraw(key, drawKey, -1) < effect.streamRatio;
        if (isOnPath && keyedDraw(key, drawKey, chunksCount) < effect.ratio) {
          this.onRetransmit(writtenNs + effect.retransmitNs);
          arrivalNs += effect.retransmitNs;
        }
      } else if (effect.kind === 'delayed_ack') {
        arrivalNs += acknowledgementWaitNs(request, writtenNs, effect.delayNs);
      }
    }
    request.lastArrivalNs = Math.max(request.lastArrivalNs, arrivalNs);
    return request.lastArrivalNs;
  }

  private chunkTokens(): number {
    let tokens = 1;
    for (const { effect } of this.effects)
      if (effect.kind === 'tokens_per_chunk') tokens = Math.max(tokens, effect.chunkTokens);
    return tokens;
  }

  private bufferBytes(): number {
    let bytes = 0;
    for (const { effect } of this.effects)
      if (effect.kind === 'output_buffered') bytes = Math.max(bytes, effect.sizeBytes);
    return bytes;
  }
}

/** What waited for an acknowledgement left together when it came, and is itself unacknowledged from then on. */
function acknowledgementWaitNs(request: SimulatedRequest, writtenNs: number, delayNs: number): number {
  if (request.isWaiting && writtenNs >= request.acknowledgedNs) {
    request.acknowledgedNs += delayNs;
    request.isWaiting = false;
  }
  if (writtenNs >= request.acknowledgedNs) {
    request.acknowledgedNs = writtenNs + delayNs;
    return 0;
  }
  request.isWaiting = true;
  return request.acknowledgedNs - writtenNs;
}
