import {
  createEngine,
  DisturbedHardware,
  ENGINE_PROFILES,
  engineNs,
  GpuGroup,
  GpuSensors,
  keyedDraw,
  resolveEngineConfig,
  seededRandom,
  type AdjustableEngine,
  type CompletedIteration,
  type EngineLimits,
  type GpuCondition,
  type GpuReading,
  type RequestHold,
  type ScheduledIteration,
  type StepDisturbance,
} from '@fluidscope/serving-sim';
import type { EngineSeam } from './engine-effects.js';
import type { Scenario } from './scenario.js';
import { SegmentSum } from './segment-sum.js';
import type { SimulatedRequest } from './simulated-request.js';

/** Streams of draws of one replica, each with a key of its own. */
const NOISE_KEY = 1;
const SENSOR_KEY = 2;

/** What a metrics page counts beside the engine's own statistics. */
export interface ServedCounts {
  promptTokens: number;
  generationTokens: number;
  iterationsCount: number;
  iterationTokens: number;
  queueTimeNs: number;
  queuedRequestsCount: number;
}

/** Share of a core that the engine's process takes while its GPUs work: launches and polling. */
const LAUNCH_CORE_RATIO = 0.55;

/** One engine with its GPUs. `onTokens` gets each iteration's tokens; `onReading` each GPU sensor's refresh, in order of time. */
export class Replica implements EngineSeam {
  readonly engine: AdjustableEngine<SimulatedRequest>;
  readonly gpus: GpuGroup;
  readonly hardware: DisturbedHardware;
  readonly counts: ServedCounts = {
    promptTokens: 0,
    generationTokens: 0,
    iterationsCount: 0,
    iterationTokens: 0,
    queueTimeNs: 0,
    queuedRequestsCount: 0,
  };
  /** CPU time of the engine's process, in ns. */
  readonly engineCpuNs = new SegmentSum();
  readonly kvBlockCount: number;
  private readonly sensors: readonly GpuSensors[];
  private readonly holds = new Map<RequestHold, RequestHold>();
  private idleBeforeNs = 0;

  constructor(
    scenario: Scenario,
    readonly replicaIndex: number,
    {
      seed,
      onReading,
    }: { seed: number; onReading: ((gpuIndex: number, reading: GpuReading) => void) | undefined },
  ) {
    const { engine, gpus } = scenario;
    const named = ENGINE_PROFILES[engine.profile];
    const profile = { ...named, stepNoiseRatio: engine.stepNoiseRatio ?? named.stepNoiseRatio };
    const config = resolveEngineConfig(profile, engine.overrides);
    const seedOf = (key: number): number => Math.floor(keyedDraw(seed, replicaIndex, key) * 2 ** 32) | 0;
    this.kvBlockCount = config.kvBlockCount;
    this.gpus = new GpuGroup(gpus.board, gpus.countPerReplica);
    this.hardware = new DisturbedHardware(this.gpus);
    this.engine = createEngine(profile, config, seededRandom(seedOf(NOISE_KEY)), this.hardware);
    this.sensors = this.gpus.gpus.map(
      (gpu, index) => new GpuSensors(gpu, seededRandom(seedOf(SENSOR_KEY + index))),
    );
    this.onReading = onReading;
  }

  private readonly onReading: ((gpuIndex: number, reading: GpuReading) => void) | undefined;

  /**
   * Carries GPUs and their sensors to `toNs`. Sensors run in replays too, where nobody reads them: they split the GPUs' time into
   * other pieces, and a replay must be the same run to the last bit.
   */
  advance(toNs: number): void {
    this.sensors.forEach((sensors, index) => {
      const readings = sensors.refresh(toNs, (atNs) => this.gpus.advanceOne(index, atNs));
      if (this.onReading !== undefined) for (const reading of readings) this.onReading(index, reading);
    });
  }

  /** Lets the engine's next event happen; what it emitted, or nothing. */
  step(): CompletedIteration<SimulatedRequest> | undefined {
    const event = this.engine.step();
    if (event === undefined) return undefined;
    if (event.kind === 'started') {
      this.countStart(event.iteration);
      return undefined;
    }
    this.countEnd(event.iteration);
    return event.iteration;
  }

  /** From `atNs` on nothing of the engine's process but the pause itself happens for `durationNs`. */
  pause(atNs: number, durationNs: number): void {
    this.engine.pause(engineNs(atNs), durationNs);
    this.gpus.pause(atNs, durationNs);
    this.engineCpuNs.add(atNs, atNs + durationNs, 1);
  }

  addDisturbance(disturbance: StepDisturbance): void {
    this.hardware.add(disturbance);
  }

  removeDisturbance(disturbance: StepDisturbance): void {
    this.hardware.remove(disturbance);
  }

  /** A grammar is made in the engine's process. */
  addHold(hold: RequestHold): void {
    const charged: RequestHold = {
      what: hold.what,
      heldNs: (request, submission) => {
        const heldNs = hold.heldNs(request, submission);
        if (hold.what === 'schema') this.engineCpuNs.add(submission.atNs, submission.atNs + heldNs, 1);
        return heldNs;
      },
    };
    this.holds.set(hold, charged);
    this.engine.addHold(charged);
  }

  removeHold(hold: RequestHold): void {
    this.engine.removeHold(this.holds.get(hold) ?? hold);
  }

  adjust(limits: EngineLimits): void {
    this.engine.adjust(limits);
  }

  applyToGpu(condition: GpuCondition, atNs: number): void {
    this.gpus.apply(condition, atNs);
  }

  private countStart({ startNs, endNs, admitted }: ScheduledIteration<SimulatedRequest>): void {
    for (const request of admitted) {
      if (request.admittedNs !== undefined) continue;
      request.admittedNs = startNs;
      this.counts.queueTimeNs += startNs - request.sentNs;
      this.counts.queuedRequestsCount += 1;
    }
    const idleNs = this.hardware.totalIdleNs - this.idleBeforeNs;
    this.idleBeforeNs = this.hardware.totalIdleNs;
    this.engineCpuNs.add(startNs, startNs + idleNs, 1);
    this.engineCpuNs.add(startNs + idleNs, endNs, LAUNCH_CORE_RATIO);
  }

  private countEnd({ prefillChunks, decodes, emissions }: CompletedIteration<SimulatedRequest>): void {
    let prefillTokens = 0;
    for (const { chunkTokens } of prefillChunks) prefillTokens += chunkTokens;
    this.counts.promptTokens += prefillTokens;
    this.counts.generationTokens += emissions.length;
    this.counts.iterationsCount += 1;
    this.counts.iterationTokens += prefillTokens + decodes.length;
  }
}
