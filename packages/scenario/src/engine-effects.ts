import {
  endOf,
  GPU_BOARDS,
  hostCostPerSequence,
  pauseEverySteps,
  pauseOncePerShape,
  slowerSteps,
  type EngineLimits,
  type StepDisturbance,
} from '@fluidscope/serving-sim';
import type { Effect, Fault } from './fault.js';
import type { Replica } from './replica.js';
import type { Scenario } from './scenario.js';
import type { Window } from './timing-windows.js';

/** Something to do at an instant. */
export interface TimedAction {
  readonly atNs: number;
  readonly run: () => void;
}

/** What a fault's windows do to one replica: its engine, its steps, its GPUs (which take it at once). */
export function replicaActions(
  { effect }: Fault,
  windows: readonly Window[],
  { replica, scenario, limits }: { replica: Replica; scenario: Scenario; limits: LimitStack },
): readonly TimedAction[] {
  if (effect.kind === 'engine_pause' && effect.everyStepsCount === undefined)
    return windows.map(({ fromNs }) => ({ atNs: fromNs, run: () => replica.pause(fromNs, effect.pauseNs) }));
  if (effect.kind === 'gpu') {
    scheduleOnGpus(effect, windows, { replica, scenario });
    return [];
  }
  return windows.flatMap((window) => {
    const disturbance = disturbanceOf(effect);
    if (disturbance !== undefined) {
      const { hardware } = replica;
      return between(
        window,
        () => hardware.add(disturbance),
        () => hardware.remove(disturbance),
      );
    }
    const limit = limitOf(effect, replica);
    if (limit === undefined) return [];
    return between(
      window,
      () => limits.push(limit),
      () => limits.remove(limit),
    );
  });
}

/** Limits of an engine that faults lay over each other: of those that hold, the one that began last counts. */
export class LimitStack {
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
  if (kind === 'step_time') return slowerSteps(effect.factorRatio, effect.extraNs);
  return undefined;
}

function limitOf(effect: Effect, { kvBlockCount }: Replica): EngineLimits | undefined {
  const { kind } = effect;
  if (kind === 'batched_tokens') return { maxBatchedTokens: effect.limitTokens };
  if (kind === 'kv_blocks') return { withheldBlockCount: Math.max(0, kvBlockCount - effect.remainingCount) };
  if (kind === 'accepted_tokens') return { acceptanceRatio: effect.ratio };
  return undefined;
}

/** A GPU takes its conditions ahead of time, each at its very instant, however far it has been advanced by then. */
function scheduleOnGpus(
  { condition, gpuIndex }: Extract<Effect, { kind: 'gpu' }>,
  windows: readonly Window[],
  { replica, scenario }: { replica: Replica; scenario: Scenario },
): void {
  const { board, countPerReplica } = scenario.gpus;
  const indexes =
    gpuIndex === undefined ? Array.from({ length: countPerReplica }, (_, index) => index) : [gpuIndex];
  for (const gpu of indexes) {
    const begun = { ...condition, gpu };
    const ended = endOf(begun, GPU_BOARDS[board]);
    for (const { fromNs, toNs } of windows) {
      replica.gpus.apply(begun, fromNs);
      if (ended !== undefined && toNs !== Infinity) replica.gpus.apply(ended, toNs);
    }
  }
}
