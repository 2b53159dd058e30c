import {
  endOf,
  ENGINE_PROFILES,
  GPU_BOARDS,
  hostCostPerSequence,
  launchedByKernel,
  pauseEverySteps,
  pauseOncePerShape,
  promptKvMoved,
  resolveEngineConfig,
  schemaCompiled,
  slowerSteps,
  type EngineLimits,
  type GpuCondition,
  type RequestHold,
  type StepDisturbance,
} from '@fluidscope/serving-sim';
import type { Effect } from './fault.js';
import type { Scenario } from './scenario.js';
import { textKey } from './text-key.js';
import type { TimedFault, Window } from './timing-windows.js';

/** Something to do at an instant. */
export interface TimedAction {
  readonly atNs: number;
  readonly run: () => void;
}

/** Port: where effects take hold of an engine and its GPUs, in virtual time or against a clock. */
export interface EngineSeam {
  readonly kvBlockCount: number;
  /** From `atNs`, which is now, nothing of the engine's process happens for `durationNs`. */
  pause(atNs: number, durationNs: number): void;
  addDisturbance(disturbance: StepDisturbance): void;
  removeDisturbance(disturbance: StepDisturbance): void;
  addHold(hold: RequestHold): void;
  removeHold(hold: RequestHold): void;
  adjust(limits: EngineLimits): void;
  /** Lets a condition begin at its instant, which may lie ahead. */
  applyToGpu(condition: GpuCondition, atNs: number): void;
}

/** Kinds of effect that take hold of an engine and its GPUs; the others act on requests, on the way to the client, or on what is seen. */
export const ENGINE_EFFECT_KINDS: ReadonlySet<Effect['kind']> = new Set<Effect['kind']>([
  'engine_pause',
  'shape_pause',
  'host_cost',
  'host_memory',
  'graph_limit',
  'step_time',
  'batched_tokens',
  'kv_blocks',
  'accepted_tokens',
  'prefix_lost',
  'schema_compiled',
  'prompt_kv_moved',
  'gpu',
]);

/** What faults do to one replica's engine and steps, as actions in no order; its GPUs take theirs at once, ahead of time. */
export function engineActions(
  faults: readonly TimedFault[],
  scenario: Scenario,
  seam: EngineSeam,
): readonly TimedAction[] {
  const { engine } = scenario;
  const config = resolveEngineConfig(ENGINE_PROFILES[engine.profile], engine.overrides);
  const usual = {
    maxBatchedTokens: config.maxBatchedTokens,
    acceptanceRatio: config.acceptanceRatio,
    lostPrefixRatio: 0,
    withheldBlockCount: 0,
  };
  const limits = new LimitStack(usual, (each) => seam.adjust(each));
  return faults.flatMap(({ fault, windows }) => {
    const { effect } = fault;
    if (effect.kind === 'gpu') {
      scheduleOnGpus(effect, windows, { seam, scenario });
      return [];
    }
    if (effect.kind === 'engine_pause' && effect.everyStepsCount === undefined)
      return windows.map(({ fromNs }) => ({ atNs: fromNs, run: () => seam.pause(fromNs, effect.pauseNs) }));
    const key = textKey(fault.id);
    return windows.flatMap((window) => windowActions(effect, window, { seam, limits, key }));
  });
}

function windowActions(
  effect: Effect,
  window: Window,
  { seam, limits, key }: { seam: EngineSeam; limits: LimitStack; key: number },
): readonly TimedAction[] {
  const disturbance = disturbanceOf(effect);
  if (disturbance !== undefined) {
    return between(
      window,
      () => seam.addDisturbance(disturbance),
      () => seam.removeDisturbance(disturbance),
    );
  }
  const hold = holdOf(effect, key);
  if (hold !== undefined) {
    return between(
      window,
      () => seam.addHold(hold),
      () => seam.removeHold(hold),
    );
  }
  const limit = limitOf(effect, seam);
  if (limit === undefined) return [];
  return between(
    window,
    () => limits.push(limit),
    () => limits.remove(limit),
  );
}

/** Limits of an engine that faults lay over each other: of those that hold, the one that began last counts. */
class LimitStack {
  private readonly held: EngineLimits[] = [];

  constructor(
    private readonly usual: EngineLimits,
    private readonly adjust: (limits: EngineLimits) => void,
  ) {}

  push(limits: EngineLimits): void {
    this.held.push(limits);
    this.apply();
  }

  remove(limits: EngineLimits): void {
    this.held.splice(this.held.indexOf(limits), 1);
    this.apply();
  }

  private apply(): void {
    this.adjust(this.held.reduce((all, each) => ({ ...all, ...each }), this.usual));
  }
}

function between({ fromNs, toNs }: Window, begin: () => void, end: () => void): readonly TimedAction[] {
  const start = { atNs: fromNs, run: begin };
  return toNs === Infinity ? [start] : [start, { atNs: toNs, run: end }];
}

/** The others act on something else than steps. */
function disturbanceOf(effect: Effect): StepDisturbance | undefined {
  const { kind } = effect;
  if (kind === 'engine_pause' && effect.everyStepsCount !== undefined)
    return pauseEverySteps(effect.everyStepsCount, effect.pauseNs);
  if (kind === 'shape_pause') return pauseOncePerShape(effect.pauseNs);
  if (kind === 'host_cost') return hostCostPerSequence(effect.perSequenceNs);
  if (kind === 'host_memory') return slowerSteps(1, effect.perStepNs);
  if (kind === 'graph_limit') return launchedByKernel(effect.capturedCount, effect.launchNs);
  if (kind === 'step_time') return slowerSteps(effect.factorRatio, effect.extraNs);
  return undefined;
}

/** `key` names the fault to the draws of whom it befalls. */
function holdOf(effect: Effect, key: number): RequestHold | undefined {
  const { kind } = effect;
  if (kind === 'schema_compiled') return schemaCompiled(effect.compileNs, { ratio: effect.ratio, key });
  if (kind === 'prompt_kv_moved') return promptKvMoved(effect, { ratio: effect.ratio, key });
  return undefined;
}

function limitOf(effect: Effect, { kvBlockCount }: EngineSeam): EngineLimits | undefined {
  const { kind } = effect;
  if (kind === 'batched_tokens') return { maxBatchedTokens: effect.limitTokens };
  if (kind === 'kv_blocks') return { withheldBlockCount: Math.max(0, kvBlockCount - effect.remainingCount) };
  if (kind === 'prefix_lost') return { lostPrefixRatio: effect.ratio };
  if (kind === 'accepted_tokens') return { acceptanceRatio: effect.ratio };
  return undefined;
}

/** A GPU takes its conditions ahead of time, each at its very instant, however far it has been advanced by then. */
function scheduleOnGpus(
  { condition, gpuIndex }: Extract<Effect, { kind: 'gpu' }>,
  windows: readonly Window[],
  { seam, scenario }: { seam: EngineSeam; scenario: Scenario },
): void {
  const { board, countPerReplica } = scenario.gpus;
  const indexes =
    gpuIndex === undefined ? Array.from({ length: countPerReplica }, (_, index) => index) : [gpuIndex];
  for (const gpu of indexes) {
    const begun = { ...condition, gpu };
    const ended = endOf(begun, GPU_BOARDS[board]);
    for (const { fromNs, toNs } of windows) {
      seam.applyToGpu(begun, fromNs);
      if (ended !== undefined && toNs !== Infinity) seam.applyToGpu(ended, toNs);
    }
  }
}
