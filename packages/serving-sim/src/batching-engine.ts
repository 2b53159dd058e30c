import { randomNormal } from 'd3-random';
import { configProblems, type EngineConfig } from './engine-config.js';
import { newEngineState, type EngineState } from './engine-state.js';
import { engineNs, type EngineNs } from './engine-time.js';
import type { EngineHardware } from './gpu-group.js';
import type { EngineProfile } from './profiles.js';
import type { Random } from './random.js';
import { kvBytesOf, type RequestHold, type Submission } from './request-hold.js';
import { requireFittingRequest, requireOrderedArrival } from './request-checks.js';
import { schedule } from './scheduler.js';
import { newSequence, pendingTokens, type Sequence } from './sequence.js';
import type {
  Emission,
  EngineEvent,
  EngineRequest,
  EngineStats,
  ScheduledIteration,
  ServingEngine,
} from './serving-engine.js';
import { expectedStepNs } from './step-time.js';

/**
 * A continuous-batching engine: schedule, let the iteration's time pass, give one token to every request that caught up, repeat.
 * Since all running requests share the iteration, whatever lengthens it stalls all of them at once, as in a real engine.
 *
 * `hardware`, where given, decides how long each iteration takes; without it an iteration takes its nominal time.
 *
 * The same profile, configuration, draws and submissions give the same events.
 */
export function createEngine<R extends EngineRequest>(
  profile: EngineProfile,
  config: EngineConfig,
  random: Random,
  hardware?: EngineHardware,
): AdjustableEngine<R> {
  return new BatchingEngine<R>(profile, config, { random, hardware });
}

/** An engine whose process can be held, as by a stopped interpreter. */
export interface PausableEngine<R extends EngineRequest> extends ServingEngine<R> {
  /** From `atNs`, which is now, nothing happens for `durationNs`; the iteration in progress ends so much later. */
  pause(atNs: EngineNs, durationNs: number): void;
}

/** An engine whose limits can change while it runs, from the next iteration on. */
export interface AdjustableEngine<R extends EngineRequest> extends PausableEngine<R> {
  /**
   * What is absent stays. Throws `RangeError` on blocks that the pool does not have, on a budget that a policy which runs prompts whole
   * could not work with, and on a ratio outside of 0 to 1.
   */
  adjust(limits: EngineLimits): void;
  /** Requests that are submitted from now on are held for it too. */
  addHold(hold: RequestHold): void;
  removeHold(hold: RequestHold): void;
}

export interface EngineLimits {
  readonly maxBatchedTokens?: number;
  readonly acceptanceRatio?: number;
  /** Share of the prompts whose beginning is not found among the cached blocks, as if those had been evicted. */
  readonly lostPrefixRatio?: number;
  /**
   * Blocks of the pool that something else takes. Requests that hold more than is left are preempted as they grow. Leave enough for the
   * longest request: the engine throws when it has work and can run none of it.
   */
  readonly withheldBlockCount?: number;
}

class BatchingEngine<R extends EngineRequest> implements AdjustableEngine<R> {
  private readonly state: EngineState<R>;
  /** Mean 1: noise moves an iteration's duration, not the profile's speed. */
  private readonly drawNoise: () => number;
  private readonly hardware: EngineHardware | undefined;

  constructor(
    private readonly profile: EngineProfile,
    private config: EngineConfig,
    { random, hardware }: { random: Random; hardware: EngineHardware | undefined },
  ) {
    this.hardware = hardware;
    // Only where it is used: another draw would shift the noise of every run without speculation.
    this.state = newEngineState<R>(config, config.draftTokens > 0 ? Math.floor(random() * 2 ** 32) : 0);
    const sigma = profile.stepNoiseRatio;
    const drawNormal = randomNormal.source(random)(-(sigma * sigma) / 2, sigma);
    this.drawNoise = sigma === 0 ? () => 1 : () => Math.exp(drawNormal());
  }

  submit(request: R, atNs: EngineNs): void {
    const { state } = this;
    requireOrderedArrival(atNs, state.lastArrivalNs);
    requireFittingRequest(request, this.config.maxModelTokens);
    if (state.sequences.has(request))
      throw new RangeError('Expected a request that the engine does not hold yet');
    state.lastArrivalNs = atNs;
    const drawKey = request.drawKey ?? state.submittedCount;
    state.submittedCount += 1;
    const heldNs = this.beginHolds(request, { atNs, drawKey });
    const sequence = newSequence(request, { arrivedNs: atNs, heldNs, drawKey });
    state.sequences.set(request, sequence);
    state.waiting.append(sequence);
  }

  addHold(hold: RequestHold): void {
    this.state.holds.add(hold);
  }

  removeHold(hold: RequestHold): void {
    this.state.holds.delete(hold);
  }

  cancel(request: R): boolean {
    const { state } = this;
    const sequence = state.sequences.get(request);
    if (sequence === undefined) return false;
    state.sequences.delete(request);
    sequence.isCancelled = true;
    if (sequence.lease !== undefined && state.inProgress === undefined) this.release(sequence);
    return true;
  }

  nextEventNs(): EngineNs | undefined {
    const { state } = this;
    if (state.inProgress !== undefined) return state.inProgress.endNs;
    if (state.running.length > 0) return state.nowNs;
    const first = state.waiting.first();
    return first === undefined ? undefined : laterOf(state.nowNs, first.readyNs);
  }

  step(): EngineEvent<R> | undefined {
    const atNs = this.nextEventNs();
    if (atNs === undefined) return undefined;
    this.state.nowNs = atNs;
    return this.state.inProgress === undefined ? this.start() : this.end(this.state.inProgress);
  }

  pause(atNs: EngineNs, durationNs: number): void {
    const { state } = this;
    const { inProgress } = state;
    if (inProgress === undefined) state.nowNs = engineNs(laterOf(state.nowNs, atNs) + durationNs);
    else state.inProgress = { ...inProgress, endNs: engineNs(laterOf(inProgress.endNs, atNs) + durationNs) };
  }

  adjust({ maxBatchedTokens, acceptanceRatio, lostPrefixRatio, withheldBlockCount }: EngineLimits): void {
    const { kv } = this.state;
    const config = {
      ...this.config,
      maxBatchedTokens: maxBatchedTokens ?? this.config.maxBatchedTokens,
      acceptanceRatio: acceptanceRatio ?? this.config.acceptanceRatio,
    };
    const withheld = withheldBlockCount ?? kv.withheldBlockCount;
    if (!Number.isSafeInteger(withheld) || withheld < 0 || withheld >= kv.totalBlockCount)
      throw new RangeError(
        `Expected 0 to ${kv.totalBlockCount - 1} blocks for withheldBlockCount but received ${withheld}`,
      );
    if (lostPrefixRatio !== undefined && !(lostPrefixRatio >= 0 && lostPrefixRatio <= 1))
      throw new RangeError(
        `Expected a ratio from 0 to 1 for lostPrefixRatio but received ${lostPrefixRatio}`,
      );
    const problem = configProblems(config)[0];
    if (problem !== undefined) throw new RangeError(problem);
    this.config = config;
    kv.withheldBlockCount = withheld;
    this.state.lostPrefixRatio = lostPrefixRatio ?? this.state.lostPrefixRatio;
  }

  stats(): EngineStats {
    const { state } = this;
    this.settleHolds();
    const kvBlockCount = state.kv.totalBlockCount - state.kv.withheldBlockCount;
    return {
      runningCount: state.running.length,
      waitingCount: state.waiting.arrivedCount(state.nowNs),
      kvBlockCount,
      kvUsedBlockCount: kvBlockCount - Math.max(0, state.kv.freeBlockCount),
      totalPreemptionCount: state.totalPreemptionCount,
      prefixQueryTokens: state.prefixQueryTokens,
      prefixHitTokens: state.prefixHitTokens,
      schemaHeldNs: state.totalHeldNs.schema,
      kvHeldNs: state.totalHeldNs.kv,
      draftedTokens: state.draftedTokens,
      acceptedTokens: state.acceptedTokens,
    };
  }

  /** One after the other; how long they take together. */
  private beginHolds(request: R, submission: Submission): number {
    const { state } = this;
    const { atNs } = submission;
    let sumNs = 0;
    for (const hold of state.holds) {
      const heldNs = hold.heldNs(request, submission);
      if (heldNs === 0) continue;
      const [startNs, endNs] = [atNs + sumNs, engineNs(atNs + sumNs + heldNs)];
      if (hold.what === 'kv') this.hardware?.receive?.({ startNs, endNs, movedBytes: kvBytesOf(request) });
      state.openHolds = [...state.openHolds, { what: hold.what, heldNs, endNs }];
      sumNs += heldNs;
    }
    return sumNs;
  }

  /** Adds up what is over. */
  private settleHolds(): void {
    const { state } = this;
    if (state.openHolds.length === 0) return;
    for (const { what, heldNs, endNs } of state.openHolds)
      if (endNs <= state.nowNs) state.totalHeldNs[what] += heldNs;
    state.openHolds = state.openHolds.filter(({ endNs }) => endNs > state.nowNs);
  }

  private start(): EngineEvent<R> {
    const { state } = this;
    const { work, ...content } = schedule(state, this.config);
    if (work.batchTokens === 0) throw new Error('The scheduler left an engine with work idle');
    const { costs } = this.profile;
    const nominalNs = Math.max(1, Math.round(expectedStepNs(costs, work) * this.drawNoise()));
    const elapsedNs = this.hardware?.runStep({ startNs: state.nowNs, nominalNs, work, costs }) ?? nominalNs;
    const iteration: ScheduledIteration<R> = {
      iterationIndex: state.nextIterationIndex++,
      startNs: state.nowNs,
      endNs: engineNs(state.nowNs + elapsedNs),
      ...content,
    };
    state.inProgress = iteration;
    return { kind: 'started', iteration };
  }

  private end(scheduled: ScheduledIteration<R>): EngineEvent<R> {
    const { state } = this;
    const emissions: Emission<R>[] = [];
    const stillRunning: Sequence<R>[] = [];
    for (const sequence of state.running) {
      if (this.settle(sequence, emissions)) stillRunning.push(sequence);
      else this.free(sequence);
    }
    state.running = stillRunning;
    state.inProgress = undefined;
    return { kind: 'ended', iteration: { ...scheduled, emissions } };
  }

  /** Books what the iteration computed; false when the request is over. */
  private settle(sequence: Sequence<R>, emissions: Emission<R>[]): boolean {
    const { request } = sequence;
    if (sequence.isCancelled) return false;
    if (sequence.scheduledTokens === 0) return true;
    sequence.computedTokens += sequence.scheduledTokens;
    sequence.scheduledTokens = 0;
    this.offerPromptBlocks(sequence);
    if (pendingTokens(sequence) > 0) return true;
    while (pendingTokens(sequence) <= 0) {
      const tokenIndex = sequence.emittedTokens++;
      const isLast = sequence.emittedTokens === request.outputTokens;
      emissions.push({ request, tokenIndex, isLast });
      if (!isLast) continue;
      this.state.sequences.delete(request);
      return false;
    }
    return true;
  }

  private offerPromptBlocks({ request, lease, computedTokens, emittedTokens }: Sequence<R>): void {
    if (!this.config.prefixCaching || request.promptBlockKeys === undefined || lease === undefined) return;
    if (emittedTokens > 0 && lease.offeredBlockCount >= request.promptBlockKeys.length) return;
    this.state.kv.offer(lease, request.promptBlockKeys, Math.floor(computedTokens / this.config.blockTokens));
  }

  private release(sequence: Sequence<R>): void {
    this.free(sequence);
    this.state.running = this.state.running.filter((other) => other !== sequence);
  }

  private free(sequence: Sequence<R>): void {
    if (sequence.lease !== undefined) this.state.kv.close(sequence.lease);
    sequence.lease = undefined;
  }
}

function laterOf(a: EngineNs, b: EngineNs): EngineNs {
  return a > b ? a : b;
}
