import type { Episode } from '../episodes.js';
import { exposureOfGauge } from '../exposure.js';
import type { GpuSource } from '../telemetry/telemetry.js';
import type { CauseRule, DiagnosisContext, Observation, Suspicion } from './cause-rule.js';
import { CLOCK_DELAY_METRICS, CLOCK_DELAY_SERVER_METRICS, clockDelay } from './clock-delay.js';
import { windowOf } from './episode-window.js';
import { budgetObservation, explainedBy, pctText, THROTTLE_COUNTERS, throttledRatio } from './throttling.js';

/**
 * Mechanism: one rank of a tensor-parallel group is slow for a reason that it does not tell, and its peers spin until it is done.
 * Reads: the SM activity of every GPU of the host (a spinning one is busy with few SMs), SM clocks, the throttle counters.
 * Ruled out by: a single GPU; peers that are as active as it; a throttle counter of the slow one that runs, which is then the cause.
 */
export const STRAGGLER_RANK: CauseRule = {
  cause: 'straggler_rank',
  order: 'gpu_mechanism',
  highestConfidence: 0.9,
  reads: { gpu: ['gpm_sm_pct', 'gpm_graphics_pct', ...THROTTLE_COUNTERS, ...CLOCK_DELAY_METRICS] },
  helpedBy: { server: CLOCK_DELAY_SERVER_METRICS },
  advice:
    'Mend or take out that rank: look for pinned clocks (nvidia-smi -q -d CLOCK), a neighbour on it, its slot and link; the other ranks only wait for it.',
  exposure: ({ telemetry: { gpus }, bins }) =>
    gpus.flatMap((gpu) => {
      const clock = gpu.line('sm_clock_mhz');
      const usualMhz = clock?.usualHigh;
      const hasPeers = gpus.some((peer) => peer.agentId === gpu.agentId && peer !== gpu);
      return clock === undefined || usualMhz === undefined || !hasPeers
        ? []
        : [
            {
              sourceId: gpu.sourceId,
              activeRatios: exposureOfGauge(clock, bins, { from: usualMhz, to: 0 }),
            },
          ];
    }),
  judgeSlow: (spell, context) => STRAGGLER_RANK.judge(spell, context),
  judge(episode, context) {
    const { gpus } = context.telemetry;
    return gpus.flatMap((victim) => {
      const peers = gpus.filter((gpu) => gpu.agentId === victim.agentId && gpu !== victim);
      return peers.length === 0 ? [] : suspect(episode, context, { victim, peers });
    });
  },
};

/** A peer that waits shows so much less SM activity than usual, and so much less than the one it waits for. */
const LEAST_SPIN_RATIO = 0.1;
const LEAST_BEHIND_RATIO = 0.05;
const THROTTLED_RATIO = 0.02;

function suspect(
  episode: Episode,
  context: DiagnosisContext,
  { victim, peers }: { readonly victim: GpuSource; readonly peers: readonly GpuSource[] },
): Suspicion[] {
  const throttled = throttledRatio(victim, THROTTLE_COUNTERS, episode);
  if (throttled !== undefined && throttled.ratio >= THROTTLED_RATIO) return [];
  const delay = clockDelay(episode, context, victim);
  const behindRatio = clockBehind(episode, context, { victim, peers }, delay?.presentMhz);
  const spinRatio = spinShare(episode, { victim, peers });
  if ((behindRatio ?? 0) < LEAST_BEHIND_RATIO && (spinRatio ?? 0) < LEAST_SPIN_RATIO) return [];
  const { excessNs, expectedNs, fromNs, toNs } = windowOf(episode);
  const budgetRatio = Math.max(
    delay?.budgetRatio ?? 0,
    ((spinRatio ?? 0) * (excessNs + expectedNs)) / excessNs,
  );
  return [
    {
      cause: 'straggler_rank',
      sourceId: victim.sourceId,
      tier: spinRatio === undefined ? 'B' : 'A',
      explainedRatio: explainedBy(budgetRatio),
      observations: [
        spinObservation(spinRatio),
        {
          name: 'clock_behind_peers_ratio',
          value: behindRatio ?? NaN,
          logLikelihoodRatio: behindRatio !== undefined && behindRatio >= LEAST_BEHIND_RATIO ? 2 : 0,
        },
        {
          name: 'throttled_ratio',
          value: throttled?.ratio ?? NaN,
          logLikelihoodRatio: throttled === undefined ? -1 : 0,
        },
        budgetObservation(budgetRatio),
      ],
      coverageRatio: victim.line('sm_clock_mhz')?.coverageRatio(fromNs, toNs) ?? 0,
      evidence: straggling(spinRatio, behindRatio),
    },
  ];
}

function straggling(spinRatio: number | undefined, behindRatio: number | undefined): string {
  const clock =
    (behindRatio ?? 0) >= LEAST_BEHIND_RATIO
      ? `ran ${pctText(behindRatio ?? 0)} below the clock of its peers without a reason told`
      : 'was behind its peers';
  return spinRatio === undefined ? clock : `${clock}, which waited for it ${pctText(spinRatio)} of the time`;
}

function spinObservation(spinRatio: number | undefined): Observation {
  return {
    name: 'peers_waiting_ratio',
    value: spinRatio ?? NaN,
    logLikelihoodRatio: spinRatio === undefined ? 0 : spinRatio >= LEAST_SPIN_RATIO ? 2.5 : -5,
  };
}

/** How far a GPU's clock stood below that of the slowest of its peers; `undefined` where a clock is not known. */
function clockBehind(
  episode: Episode,
  context: DiagnosisContext,
  { victim, peers }: { readonly victim: GpuSource; readonly peers: readonly GpuSource[] },
  presentMhz: number | undefined,
): number | undefined {
  const peerMhz = peers.map((peer) => clockDelay(episode, context, peer)?.presentMhz ?? NaN);
  const slowest = Math.min(...peerMhz);
  return presentMhz === undefined || Number.isNaN(slowest) || victim.line('sm_clock_mhz') === undefined
    ? undefined
    : Math.max(0, 1 - presentMhz / slowest);
}

/** Share of the time in which the least waiting peer spun, beyond what the suspect itself did. */
function spinShare(
  episode: Episode,
  { victim, peers }: { readonly victim: GpuSource; readonly peers: readonly GpuSource[] },
): number | undefined {
  const own = spinning(victim, episode);
  const least = Math.min(...peers.map((peer) => spinning(peer, episode) ?? NaN));
  return own === undefined || Number.isNaN(least) ? undefined : Math.max(0, least - own);
}

/** A kernel that polls is busy with a few SMs: what their activity lacks of the usual while kernels run. An idle GPU lacks both, and does not spin. */
function spinning(gpu: GpuSource, episode: Episode): number | undefined {
  const [activity, running] = ['gpm_sm_pct', 'gpm_graphics_pct'].map((metric) =>
    lackOf(gpu, metric, episode),
  );
  return activity === undefined || running === undefined ? undefined : Math.max(0, activity - running);
}

/** What a utilization lacks of its usual over an episode. */
function lackOf(gpu: GpuSource, metric: string, episode: Episode): number | undefined {
  const { fromNs, toNs } = windowOf(episode);
  const line = gpu.line(metric);
  const present = line?.meanOver(fromNs, toNs);
  const usual = line?.usualHigh;
  return present === undefined || usual === undefined || usual <= 0
    ? undefined
    : Math.max(0, 1 - present / usual);
}
