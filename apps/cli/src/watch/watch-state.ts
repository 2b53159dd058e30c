import { HOST_GPU_INDEX, SAMPLE_FLAGS, hostMetricByName } from '@fluidscope/trace-schema';
import { ClockTracker } from '@fluidscope/clock-sync';
import { LatestValues } from '@fluidscope/gpu-agent';
import {
  type AgentDescription,
  type LinkEvent,
  type LinkLoss,
  type SampleColumns,
} from '@fluidscope/telemetry-link';
import type { RunNs } from '@fluidscope/units';

/** Lines kept of what happened; older ones scroll away. */
const MAX_NOTES_COUNT = 5;
const CPU_BUSY_ID = hostMetricByName('cpu_busy_ns')?.id;
type Probe = Parameters<ClockTracker['add']>[0];

/** How the connection stands, as far as it is shown. */
export type WatchedLink =
  { readonly kind: 'connected' } | { readonly kind: 'disconnected' | 'ended'; readonly reason: string };

/** What a watcher knows of one agent. */
export class WatchState {
  /** Times come relative to the agent's origin already. */
  readonly latest = new LatestValues(0n);
  readonly #clock = new ClockTracker();
  readonly #notes: string[] = [];
  description: AgentDescription | undefined;
  link: WatchedLink | undefined;
  samplesCount = 0;
  lostCount = 0;
  /** The newest time in any sample: how late "now" is at least, where the clocks are not compared yet. */
  #newestNs = -Infinity;
  #lastBusy: { readonly value: number; readonly atNs: number } | undefined;

  get notes(): readonly string[] {
    return this.#notes;
  }

  /** The agent's clock at a time of ours. */
  agentNowNs(runNowNs: RunNs): number {
    const offset = this.#clock.current().offsetAt(runNowNs);
    return offset === undefined ? this.#newestNs : runNowNs + offset.offsetNs;
  }

  addSamples(columns: SampleColumns): void {
    this.samplesCount += columns.length;
    for (let row = 0; row < columns.length; row++) {
      const atNs = columns.beforeNs[row] ?? NaN;
      this.#newestNs = Math.max(this.#newestNs, atNs);
      const gpuIndex = columns.gpuIndex[row] ?? 0;
      const metricId = columns.metricId[row] ?? 0;
      const subId = columns.subId[row] ?? 0;
      const value = columns.value[row] ?? NaN;
      // Where the agent thins the stream, the sample that brought the change may be the one left out.
      const isChanged = this.latest.get(gpuIndex, metricId, subId)?.value !== value;
      const isFresh = isChanged || ((columns.flags[row] ?? 0) & SAMPLE_FLAGS.fresh) !== 0;
      this.latest.add({ gpuIndex, metricId, subId, value, atNs, isFresh });
    }
  }

  /** Share of all CPUs that was busy since the call before; `undefined` until two readings came. */
  cpuBusyRatio(): number | undefined {
    const { latest } = this;
    const sum = CPU_BUSY_ID === undefined ? undefined : latest.get(HOST_GPU_INDEX, CPU_BUSY_ID);
    if (sum === undefined) return undefined;
    const cpusCount = [...latest].filter(
      ({ gpuIndex, metricId, subId }) => gpuIndex === HOST_GPU_INDEX && metricId === CPU_BUSY_ID && subId > 0,
    ).length;
    const last = this.#lastBusy;
    this.#lastBusy = { value: sum.value, atNs: sum.atNs };
    if (last === undefined || sum.atNs <= last.atNs || cpusCount === 0) return undefined;
    return (sum.value - last.value) / (sum.atNs - last.atNs) / cpusCount;
  }

  addProbe(probe: Probe): void {
    this.#clock.add(probe);
  }

  addEvent({ kind, detail }: LinkEvent): void {
    this.#note(`${kind} ${JSON.stringify(detail)}`);
  }

  addLoss({ reason, count }: LinkLoss): void {
    this.lostCount += count ?? 0;
    this.#note(`lost ${count ?? 'an unknown number of'} samples (${reason})`);
  }

  #note(text: string): void {
    this.#notes.push(text);
    if (this.#notes.length > MAX_NOTES_COUNT) this.#notes.shift();
  }
}
