import type { MetricSource } from '../telemetry/telemetry.js';

const NS_PER_US = 1_000;

/** What `hostLoad` reads. */
export const HOST_LOAD_METRICS = [
  'pressure_cpu_some_us',
  'cpu_steal_ns',
  'cpu_busy_ns',
  'runnable_tasks_count',
  'host_sampler_lateness_ns',
  'process_cpu_user_ns',
  'process_cpu_system_ns',
] as const;

/** A counter's growth a ns over a span, and over the whole run; `undefined` where it is not counted or the span lies beyond its samples. */
export interface Rate {
  readonly ratio: number;
  readonly usualRatio: number;
  readonly coverageRatio: number;
}

export function rateOf(
  source: MetricSource,
  metric: string,
  { fromNs, toNs, subId = 0 }: { readonly fromNs: number; readonly toNs: number; readonly subId?: number },
): Rate | undefined {
  const line = source.linesOf(metric).get(subId);
  const grown = line?.growthOver(fromNs, toNs);
  const [firstNs, lastNs] = [line?.timesNs[0], line?.timesNs.at(-1)];
  if (line === undefined || grown === undefined || firstNs === undefined || lastNs === undefined)
    return undefined;
  const whole = line.growthOver(firstNs, lastNs);
  return {
    ratio: grown.growth / (grown.toNs - grown.fromNs),
    usualRatio: whole === undefined ? 0 : whole.growth / (lastNs - firstNs),
    coverageRatio: line.coverageRatio(fromNs, toNs),
  };
}

interface Span {
  readonly fromNs: number;
  readonly toNs: number;
}

/** Share of the time in which some task waited for a CPU. */
export function cpuPressure(host: MetricSource, span: Span): Rate | undefined {
  const rate = rateOf(host, 'pressure_cpu_some_us', span);
  return rate === undefined
    ? undefined
    : { ...rate, ratio: rate.ratio * NS_PER_US, usualRatio: rate.usualRatio * NS_PER_US };
}

/** Share of the CPU time that somebody wanted which the hypervisor gave to others: of busy and stolen time, for cores are not counted. */
export function stealShare(host: MetricSource, span: Span): number | undefined {
  const stolen = rateOf(host, 'cpu_steal_ns', span);
  const busy = rateOf(host, 'cpu_busy_ns', span);
  if (stolen === undefined || busy === undefined) return undefined;
  return stolen.ratio <= 0 ? 0 : stolen.ratio / (stolen.ratio + busy.ratio);
}

/** The process that took most of a core beyond its usual share. */
export interface BusyProcess {
  readonly pid: number;
  /** Cores, in the span and over the run. */
  readonly ratio: number;
  readonly usualRatio: number;
}

export function busiestProcess(host: MetricSource, span: Span): BusyProcess | undefined {
  let busiest: BusyProcess | undefined;
  for (const pid of host.linesOf('process_cpu_user_ns').keys()) {
    const rates = ['process_cpu_user_ns', 'process_cpu_system_ns'].map((metric) =>
      rateOf(host, metric, { ...span, subId: pid }),
    );
    if (rates[0] === undefined) continue;
    const sum = (key: 'ratio' | 'usualRatio'): number =>
      rates.reduce((total, rate) => total + (rate?.[key] ?? 0), 0);
    const process = { pid, ratio: sum('ratio'), usualRatio: sum('usualRatio') };
    if (busiest === undefined || rise(process) > rise(busiest)) busiest = process;
  }
  return busiest;
}

function rise({ ratio, usualRatio }: BusyProcess): number {
  return ratio - usualRatio;
}
