import { ENGINE_EFFECT_KINDS, engineActions, type EngineSeam, type TimedAction } from './engine-effects.js';
import type { Fault } from './fault.js';
import type { Scenario } from './scenario.js';
import { windowsOf } from './timing-windows.js';
import { befalls } from './virtual-run.js';

/** A scenario's part that an engine with its GPUs can play by itself. */
export interface EngineTimeline {
  /** In order of time. */
  readonly actions: readonly TimedAction[];
  /** Faults that act elsewhere: on requests, on the way to the client, on the client, or on what is seen. */
  readonly notPlayed: readonly Fault[];
}

/**
 * What befalls one replica's engine, and when, as in a virtual run of the same seed. Conditions of GPUs are handed to the seam at once,
 * with their instants; the rest are actions, to be run when their time has come.
 */
export function engineTimeline(
  scenario: Scenario,
  { seed, replicaIndex, seam }: { seed: number; replicaIndex: number; seam: EngineSeam },
): EngineTimeline {
  const own = scenario.faults.filter((fault) => befalls(fault, replicaIndex));
  const played = own.filter(({ effect }) => ENGINE_EFFECT_KINDS.has(effect.kind));
  const timed = played.map((fault) => ({ fault, windows: windowsOf(fault, seed, scenario.durationNs) }));
  return {
    actions: engineActions(timed, scenario, seam).toSorted((a, b) => a.atNs - b.atNs),
    notPlayed: scenario.faults.filter((fault) => !played.includes(fault)),
  };
}
