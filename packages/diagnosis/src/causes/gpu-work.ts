import type { SampleLine } from '../telemetry/sample-line.js';
import type { GpuSource } from '../telemetry/telemetry.js';

/** What `lostWork` may read. */
export const GPU_WORK_METRICS = [
  'gpm_graphics_pct',
  'utilization_gpu_buffered_pct',
  'power_instant_mw',
  'utilization_gpu_pct',
] as const;

/** Means over a window that ends with the sample; the last by far the longest, and so the least sharp. */
const SHOWN_LATE_NS: Readonly<Record<(typeof GPU_WORK_METRICS)[number], number>> = {
  gpm_graphics_pct: 0,
  utilization_gpu_buffered_pct: 0,
  power_instant_mw: 100_000_000,
  utilization_gpu_pct: 250_000_000,
};
/** Power tells idleness apart from work only where the run has shown both. */
const LEAST_POWER_FALL_RATIO = 0.4;

/** How long a GPU stood idle that usually works. */
export interface LostWork {
  readonly lostNs: number;
  /** Share of the span that samples speak for. */
  readonly coverageRatio: number;
  readonly metric: string;
}

/**
 * The time within a span in which a GPU did not work, by the first of its sensors that can tell: what each sample lacks of the usual, times the window that it is the mean of. A sensor's
 * window blurs when the work was lost, never how much. `undefined` where no sensor covers the span.
 */
export function lostWork(gpu: GpuSource, fromNs: number, toNs: number): LostWork | undefined {
  for (const metric of GPU_WORK_METRICS) {
    const line = gpu.line(metric);
    const levels = line === undefined ? undefined : levelsOf(metric, line);
    if (line === undefined || levels === undefined) continue;
    const coverageRatio = line.coverageRatio(fromNs, toNs);
    if (coverageRatio < LEAST_COVERAGE_RATIO) continue;
    const lackingNs = integrateLack(line, { fromNs, toNs: toNs + SHOWN_LATE_NS[metric] }, levels);
    return { lostNs: Math.min(toNs - fromNs, lackingNs), coverageRatio, metric };
  }
  return undefined;
}

const LEAST_COVERAGE_RATIO = 0.5;

/** What a sensor shows of an idle GPU, and of one that works as usual. */
interface Levels {
  readonly idle: number;
  readonly usual: number;
}

const LEVELS = new WeakMap<SampleLine, { readonly levels: Levels | undefined }>();

function levelsOf(metric: (typeof GPU_WORK_METRICS)[number], line: SampleLine): Levels | undefined {
  let known = LEVELS.get(line);
  if (known === undefined) {
    known = { levels: metric === 'power_instant_mw' ? powerLevels(line) : utilizationLevels(line) };
    LEVELS.set(line, known);
  }
  return known.levels;
}

function utilizationLevels({ usualHigh }: SampleLine): Levels | undefined {
  return usualHigh === undefined || usualHigh <= 0 ? undefined : { idle: 0, usual: usualHigh };
}

function powerLevels({ values }: SampleLine): Levels | undefined {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort();
  const [idle, usual] = [sorted[0], sorted[Math.floor(sorted.length / 4)]];
  if (idle === undefined || usual === undefined || usual - idle < LEAST_POWER_FALL_RATIO * usual)
    return undefined;
  return { idle, usual };
}

/** A sample speaks for the time since the one before it. */
function integrateLack(
  line: SampleLine,
  { fromNs, toNs }: { readonly fromNs: number; readonly toNs: number },
  { idle, usual }: Levels,
): number {
  let lackingNs = 0;
  for (let index = Math.max(1, line.indexAt(fromNs)); index < line.timesNs.length; index += 1) {
    const sinceNs = line.timesNs[index - 1] ?? NaN;
    if (sinceNs >= toNs) break;
    const [atNs, value] = [line.timesNs[index] ?? NaN, line.values[index] ?? NaN];
    if (atNs <= fromNs || Number.isNaN(value) || atNs - sinceNs > line.reachNs) continue;
    lackingNs += (atNs - sinceNs) * Math.min(1, Math.max(0, (usual - value) / (usual - idle)));
  }
  return lackingNs;
}

/** Of one host's GPUs: how long they stood idle all at once, which is at most as long as the least idle of them. */
export interface HostLostWork extends LostWork {
  readonly agentId: string;
}

/** By host; a host none of whose GPUs can tell is not there. */
export function lostWorkByHost(
  gpus: readonly GpuSource[],
  fromNs: number,
  toNs: number,
): readonly HostLostWork[] {
  const least = new Map<string, HostLostWork>();
  for (const gpu of gpus) {
    const lost = lostWork(gpu, fromNs, toNs);
    if (lost === undefined) continue;
    const known = least.get(gpu.agentId);
    if (known === undefined || lost.lostNs < known.lostNs)
      least.set(gpu.agentId, { ...lost, agentId: gpu.agentId });
  }
  return [...least.values()];
}
