import type { EngineRequest } from '@fluidscope/serving-sim';

export interface RequestPlan {
  /** The same in every replay of a scenario, whatever else is there. */
  readonly key: number;
  readonly phase: 'warmup' | 'measured';
  /** Whether the run's own client sent it, or somebody else. */
  readonly isRecorded: boolean;
  readonly intendedNs: number;
  readonly replicaIndex: number;
  readonly promptTokens: number;
  readonly outputTokens: number;
  readonly promptBlockKeys?: readonly string[];
}

/** Chunks of no token that frame an answer: its role before the first token, its finish after the last. */
const FRAMING_CHUNKS = 2;

/** A request on its way: what the engine knows of it, and what came of it at the client, chunk by chunk. */
export class SimulatedRequest implements EngineRequest {
  readonly drawKey: number;
  readonly promptTokens: number;
  readonly outputTokens: number;
  readonly promptBlockKeys?: readonly string[];
  readonly arrivalsNs: Float64Array;
  readonly errorsNs: Float64Array;
  readonly tokenCounts: Uint32Array;
  chunksCount = 0;
  sentNs = 0;
  admittedNs: number | undefined;
  isDone = false;
  /** Of the way from engine to client: what is held back, and what later chunks wait for. */
  heldTokens = 0;
  readonly bufferedTokens: number[] = [];
  lastArrivalNs = 0;
  acknowledgedNs = 0;
  isWaiting = false;

  constructor(readonly plan: RequestPlan) {
    this.drawKey = plan.key;
    this.promptTokens = plan.promptTokens;
    this.outputTokens = plan.outputTokens;
    if (plan.promptBlockKeys !== undefined) this.promptBlockKeys = plan.promptBlockKeys;
    const rows = plan.isRecorded ? plan.outputTokens + FRAMING_CHUNKS : 0;
    this.arrivalsNs = new Float64Array(rows);
    this.errorsNs = new Float64Array(rows);
    this.tokenCounts = new Uint32Array(rows);
  }

  addChunk(tokensCount: number, arrivalNs: number, errorNs: number): void {
    const index = this.chunksCount++;
    this.arrivalsNs[index] = arrivalNs;
    this.errorsNs[index] = errorNs;
    this.tokenCounts[index] = tokensCount;
  }
}
