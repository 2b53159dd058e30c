import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { ClockProbe } from '../clock-probe.js';

const NS_PER_S = 1_000_000_000;

/** Two hosts and the network between them, in virtual time. */
export interface VirtualWorld {
  readonly seed: number;
  readonly durationS: number;
  readonly offsetNs: number;
  readonly skewPpm: number;
  /** How far the rate swings around `skewPpm`, over a period of ten minutes. */
  readonly wanderPpm: number;
  readonly stepAtS?: number;
  readonly stepNs: number;
  readonly minOutNs: number;
  readonly minBackNs: number;
  readonly jitterMeanNs: number;
  readonly lossRatio: number;
  /** In every tenth second, each leg takes up to this much longer. */
  readonly spikeNs: number;
}

export interface VirtualRun {
  readonly probes: readonly ClockProbe[];
  /** What the agent's clock truly shows at a run time, not cut to whole nanoseconds. */
  trueOffsetNs(runNs: number): number;
}

/** Random numbers in [0, 1) that are the same for the same seed. */
export function randomOf(seed: number): () => number {
  const generator = xoroshiro128plus(seed);
  return () => uniformFloat64(generator);
}

/** Probes as the link sends them: 16 at the start, 4 a second, 16 at the end, some lost. */
export function runWorld(world: VirtualWorld): VirtualRun {
  const random = randomOf(world.seed);
  const trueOffsetNs = (runNs: number): number => offsetIn(world, runNs);
  const legNs = (minNs: number, atNs: number): number => {
    const spike = Math.floor(atNs / NS_PER_S) % 10 === 5 ? random() * world.spikeNs : 0;
    return minNs - world.jitterMeanNs * Math.log(1 - random()) + spike;
  };
  const probes = scheduleNs(world.durationS).flatMap((t1Ns): ClockProbe[] => {
    const receivedNs = t1Ns + legNs(world.minOutNs, t1Ns);
    const answeredNs = receivedNs + 2_000 + random() * 20_000;
    const t4Ns = answeredNs + legNs(world.minBackNs, t1Ns);
    if (random() < world.lossRatio) return [];
    return [
      {
        t1Ns,
        t2Ns: Math.floor(receivedNs + trueOffsetNs(receivedNs)),
        t3Ns: Math.floor(answeredNs + trueOffsetNs(answeredNs)),
        t4Ns: Math.floor(t4Ns),
      },
    ];
  });
  return { probes, trueOffsetNs };
}

function scheduleNs(durationS: number): number[] {
  const burst = (fromNs: number): number[] =>
    Array.from({ length: 16 }, (_, index) => fromNs + index * 5_000_000);
  const steady = Array.from({ length: durationS * 4 }, (_, index) => (index + 1) * (NS_PER_S / 4));
  return [...burst(0), ...steady, ...burst((durationS + 1) * NS_PER_S)];
}

function offsetIn(world: VirtualWorld, runNs: number): number {
  const stepped = world.stepAtS !== undefined && runNs >= world.stepAtS * NS_PER_S;
  const turn = (2 * Math.PI) / (600 * NS_PER_S);
  const wanderNs = (world.wanderPpm / 1e6) * (1 - Math.cos(turn * runNs)) * (1 / turn);
  return world.offsetNs + (world.skewPpm / 1e6) * runNs + wanderNs + (stepped ? world.stepNs : 0);
}
