import type { EngineControl } from '@fluidscope/llm-sim';
import { engineTimeline, type EngineSeam, type Scenario } from '@fluidscope/scenario';

/** A scenario's faults on a served engine, against its clock. */
export interface PlayedScenario {
  /** What the file says that this server cannot play, in words; empty when it plays all. */
  readonly notice: string;
  /** The scenario's time 0 is the engine's `zeroNs`. */
  begin(zeroNs: number): void;
  stop(): void;
}

/** Prepares the part of a scenario that befalls an engine and its GPUs: replica 0's. */
export function playScenario(
  scenario: Scenario,
  { seed, control }: { readonly seed: number; readonly control: EngineControl },
): PlayedScenario {
  let zeroNs = 0;
  const timers = new Set<NodeJS.Timeout>();
  const seam: EngineSeam = {
    kvBlockCount: control.kvBlockCount,
    pause: (_atNs, durationNs) => control.pause(durationNs),
    addDisturbance: (disturbance) => control.addDisturbance(disturbance),
    removeDisturbance: (disturbance) => control.removeDisturbance(disturbance),
    addHold: (hold) => control.addHold(hold),
    removeHold: (hold) => control.removeHold(hold),
    adjust: (limits) => control.adjust(limits),
    applyToGpu: (condition, atNs) => control.applyToGpu(condition, zeroNs + atNs),
  };
  const of = { seed, replicaIndex: 0, seam };
  return {
    notice: noticeOf(scenario, of),
    begin: (atNs) => {
      zeroNs = atNs;
      for (const { atNs: dueNs, run } of engineTimeline(scenario, of).actions) {
        const timer = setTimeout(
          () => {
            timers.delete(timer);
            run();
          },
          Math.max(0, (zeroNs + dueNs - control.nowNs()) / 1e6),
        );
        timers.add(timer);
      }
    },
    stop: () => {
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
    },
  };
}

function noticeOf(scenario: Scenario, of: { seed: number; replicaIndex: number; seam: EngineSeam }): string {
  const nowhere: EngineSeam = { ...of.seam, adjust: () => undefined, applyToGpu: () => undefined };
  const { notPlayed } = engineTimeline(scenario, { ...of, seam: nowhere });
  const parts = [
    ...(notPlayed.length === 0
      ? []
      : [`the faults ${notPlayed.map(({ id }) => id).join(', ')}, which act outside of an engine`]),
    ...(scenario.replicaCount === 1
      ? []
      : [`${scenario.replicaCount - 1} of ${scenario.replicaCount} replicas`]),
    'load and telemetry, which are those of the client and the agent that you start',
  ];
  return `of the scenario this server plays the engine and its GPUs; not played: ${parts.join('; ')}`;
}
