import type { TraceEvent } from '@fluidscope/trace-schema';
import type { Episode } from '../episodes.js';
import type { GpuSource } from '../telemetry/telemetry.js';
import type { CauseRule, DiagnosisContext, Observation, Suspicion } from './cause-rule.js';
import { windowOf } from './episode-window.js';
import { GPU_WORK_METRICS, lostWork } from './gpu-work.js';
import { exposureOfSpans } from './span-exposure.js';

const ERROR_COUNTERS = ['ecc_uncorrected_count', 'remapped_rows_uncorrected_count'] as const;

/**
 * Mechanism: the GPU or its memory fails: the driver reports it, and work on it stops, is done again, or dies.
 * Reads: XID events, uncorrected ECC errors and remapped rows, whether the GPU went on working.
 * Ruled out by: no report just before the stall; a GPU that worked on all the while.
 */
export const GPU_FAULT: CauseRule = {
  cause: 'gpu_fault',
  order: 'gpu_mechanism',
  highestConfidence: 0.97,
  reads: { gpu: ['xid_index', ...ERROR_COUNTERS] },
  helpedBy: { gpu: GPU_WORK_METRICS },
  advice:
    'Drain that GPU, reset it and run the vendor’s diagnostics (dcgmi diag -r 3); if it comes back, replace it.',
  exposure: ({ telemetry, bins }) =>
    telemetry.gpus.map((gpu) => ({
      sourceId: gpu.sourceId,
      activeRatios: exposureOfSpans(
        [...(gpu.line('xid_index')?.timesNs ?? [])].map((atNs) => ({ fromNs: atNs, toNs: atNs + BEFORE_NS })),
        bins,
      ),
    })),
  judge: (episode, context) => context.telemetry.gpus.flatMap((gpu) => suspect(episode, context, gpu)),
};

/** A report may come a little after what it reports; a stall long after one is another’s. */
const BEFORE_NS = 1_000_000_000;
const AFTER_NS = 300_000_000;
/** Errors are counted every ten seconds. */
const LARGEST_COUNT_SPAN_NS = 25_000_000_000;
const LEAST_IDLE_RATIO = 0.3;

/** Errors of an application of its own making. */
const APPLICATION_XIDS: ReadonlySet<number> = new Set([13, 31, 43, 45]);

function suspect(episode: Episode, { telemetry }: DiagnosisContext, gpu: GpuSource): Suspicion[] {
  const { fromNs, toNs, excessNs } = windowOf(episode);
  const beginNs = episode.phase === 'decode' ? fromNs : Math.max(fromNs, toNs - excessNs - BEFORE_NS);
  const xid = xidNear(gpu, telemetry.events, {
    fromNs: beginNs - BEFORE_NS,
    toNs: beginNs + AFTER_NS + (episode.phase === 'decode' ? 0 : toNs - beginNs),
  });
  const errors = newErrors(gpu, episode);
  if (xid === undefined && errors === undefined) return [];
  const lost = lostWork(gpu, fromNs, toNs);
  const idleRatio = lost === undefined ? undefined : lost.lostNs / Math.min(excessNs, toNs - fromNs);
  return [
    {
      cause: 'gpu_fault',
      sourceId: gpu.sourceId,
      tier: 'A',
      explainedRatio: Math.min(1, idleRatio ?? 1),
      observations: [
        xidObservation(xid),
        {
          name: 'new_uncorrected_errors_count',
          value: errors ?? 0,
          logLikelihoodRatio: errors === undefined ? 0 : 1,
        },
        {
          name: 'gpu_idle_ratio',
          value: idleRatio ?? NaN,
          logLikelihoodRatio: idleRatio === undefined ? 0 : idleRatio >= LEAST_IDLE_RATIO ? 1 : -5,
        },
      ],
      coverageRatio: 1,
      evidence: [
        ...(xid === undefined ? [] : [`reported XID ${xid}`]),
        ...(errors === undefined ? [] : [`counted ${errors} new uncorrected memory errors`]),
        ...(idleRatio === undefined
          ? []
          : [`did nothing for ${Math.round(100 * Math.min(1, idleRatio))} % of the delay`]),
      ].join(', '),
    },
  ];
}

/** An error that the application may have made itself says less of the hardware. */
function xidObservation(xid: number | undefined): Observation {
  return {
    name: 'xid_index',
    value: xid ?? NaN,
    logLikelihoodRatio: xid === undefined ? 0 : APPLICATION_XIDS.has(xid) ? 1 : 3.5,
  };
}

/** The last that was reported within a span, by the sampler’s own series or as an event. */
function xidNear(
  gpu: GpuSource,
  events: readonly TraceEvent[],
  { fromNs, toNs }: { readonly fromNs: number; readonly toNs: number },
): number | undefined {
  const line = gpu.line('xid_index');
  const index = line?.indexAt(toNs) ?? -1;
  if (line !== undefined && index >= 0 && (line.timesNs[index] ?? NaN) >= fromNs) return line.values[index];
  return events.flatMap((event) => xidOf(event, gpu, { fromNs, toNs })).at(-1);
}

/** An event that names its GPU by uuid; one that only counts positions cannot be laid to a GPU. */
function xidOf(
  { kind, timeNs, detail }: TraceEvent,
  { gpuUuid }: GpuSource,
  { fromNs, toNs }: { readonly fromNs: number; readonly toNs: number },
): number[] {
  if (kind !== 'xid' || timeNs < fromNs || timeNs > toNs) return [];
  if (typeof detail !== 'object' || detail === null || Array.isArray(detail)) return [];
  const { data, gpu_uuid: uuid } = detail as { readonly data?: unknown; readonly gpu_uuid?: unknown };
  return typeof data === 'number' && uuid === gpuUuid ? [data] : [];
}

/** What the memory's counters grew by around an episode’s start; `undefined` for nothing, or for counts too far apart. */
function newErrors(gpu: GpuSource, episode: Episode): number | undefined {
  const { fromNs } = windowOf(episode);
  const grown = ERROR_COUNTERS.map((metric) => {
    const growth = gpu.line(metric)?.growthOver(fromNs, fromNs);
    return growth === undefined || growth.toNs - growth.fromNs > LARGEST_COUNT_SPAN_NS ? 0 : growth.growth;
  });
  const total = grown.reduce((sum, each) => sum + each, 0);
  return total === 0 ? undefined : total;
}
