import { GPU_METRICS } from '@fluidscope/trace-schema';
import type { GpuModel, GpuObserver } from './gpu-model.js';
import { GpuProcesses, PROCESS_METRICS } from './gpu-processes.js';
import { sensorBlocks, type SensorRow } from './gpu-sensor-table.js';
import { zeroTotals, type GpuTotals } from './gpu-totals.js';
import { seededRandom, type Random } from './random.js';

/** What a sensor shows: a metric of `GPU_METRICS` by name, as of `sensorNs`. */
export interface GpuReading {
  readonly metric: string;
  readonly value: number;
  readonly sensorNs: number;
  /** 0 for an event, which is read when it happens. */
  readonly refreshNs: number;
  /** What the value belongs to where a GPU has several: link number + 1, or a process's pid. */
  readonly subId?: number;
  /** Of a GPM metric: its integral over time since the start in its unit x seconds, from which two readings give their mean. */
  readonly integral?: number;
}

interface Clockwork {
  readonly periodNs: number;
  readonly rows: readonly SensorRow[];
  nextNs: number;
  sinceNs: number;
  since: GpuTotals;
}

const EVENT_METRICS = {
  xid: 'xid_index',
  ecc_corrected: 'ecc_corrected_count',
  ecc_uncorrected: 'ecc_uncorrected_count',
} as const;
const SEED_RANGE = 0x1_0000_0000;

/**
 * The only place between a GPU's truth and what NVML shows: each metric refreshes at its own period from a seeded phase on, shows the
 * mean of its window, and rounds to its quantum. A metric that the board lacks has no sensor. A lost GPU and a metric that answers an
 * error give no readings. Readings are taken at their instants, whoever advances the GPU, and wait here to be taken.
 */
export class GpuSensors implements GpuObserver {
  private readonly clockworks: readonly Clockwork[];
  private readonly processes: GpuProcesses;
  private readonly random: Random;
  private waiting: GpuReading[] = [];
  private dueNs = 0;

  /** `enginePid`: the serving process in the process table. */
  constructor(
    private readonly gpu: GpuModel,
    random: Random,
    { enginePid = 1_000 }: { readonly enginePid?: number } = {},
  ) {
    this.processes = new GpuProcesses(gpu, enginePid);
    this.clockworks = sensorBlocks(gpu.board).map(({ periodNs, rows }) => ({
      periodNs,
      rows,
      nextNs: Math.floor(random() * periodNs),
      sinceNs: 0,
      since: zeroTotals(),
    }));
    this.random = seededRandom(Math.floor(random() * SEED_RANGE));
    this.findNext();
    gpu.addObserver(this);
  }

  /** When the next sensor refreshes. */
  get nextNs(): number {
    return this.dueNs;
  }

  /** Metrics of `GPU_METRICS` that this board has no sensor for. */
  get unsupportedMetrics(): readonly string[] {
    const supported = new Set(this.clockworks.flatMap(({ rows }) => rows.map(({ metric }) => metric)));
    for (const metric of [...PROCESS_METRICS, EVENT_METRICS.xid]) supported.add(metric);
    return GPU_METRICS.map(({ name }) => name).filter((name) => !supported.has(name));
  }

  observe(): void {
    const { dueNs, clockworks, processes } = this;
    this.readEvents();
    for (const each of clockworks) if (each.nextNs === dueNs) this.readBlock(each);
    if (processes.nextNs === dueNs) this.keep(processes.refresh());
    this.findNext();
  }

  /** Carries the GPU to `toNs` and takes every reading up to it that nobody has taken, in order of time. */
  refresh(toNs: number, advance: (toNs: number) => void = (atNs) => this.gpu.advance(atNs)): GpuReading[] {
    advance(toNs);
    this.readEvents();
    const { waiting } = this;
    const ahead = waiting.findIndex(({ sensorNs }) => sensorNs > toNs);
    if (ahead >= 0) return waiting.splice(0, ahead);
    this.waiting = [];
    return waiting;
  }

  /** What every sensor shows at once, apart from its refreshes: what a driver shows that has run for long. */
  readAll(): GpuReading[] {
    const readings: GpuReading[] = [];
    const { nowNs } = this.gpu;
    for (const { rows, periodNs } of this.clockworks) {
      const view = { gpu: this.gpu, mean: () => 0, random: this.random };
      for (const each of rows) readings.push(this.reading(each, { view, sensorNs: nowNs, periodNs }));
    }
    return readings;
  }

  private readBlock(block: Clockwork): void {
    const { gpu } = this;
    const { rows, periodNs, since, nextNs: sensorNs } = block;
    const elapsedNs = sensorNs - block.sinceNs;
    const mean = (key: keyof GpuTotals): number =>
      elapsedNs > 0 ? (gpu.totals[key] - since[key]) / elapsedNs : 0;
    const view = { gpu, mean, random: this.random };
    this.keep(rows.map((each) => this.reading(each, { view, sensorNs, periodNs })));
    block.nextNs += periodNs;
    block.sinceNs = sensorNs;
    Object.assign(since, gpu.totals);
  }

  private reading(
    { metric, read, integral, subId }: SensorRow,
    {
      view,
      sensorNs,
      periodNs,
    }: { view: Parameters<SensorRow['read']>[0]; sensorNs: number; periodNs: number },
  ): GpuReading {
    return {
      metric,
      value: read(view),
      sensorNs,
      refreshNs: periodNs,
      ...(subId === undefined ? {} : { subId }),
      ...(integral === undefined ? {} : { integral: integral(this.gpu) }),
    };
  }

  private findNext(): void {
    this.dueNs = this.processes.nextNs;
    for (const { nextNs } of this.clockworks) if (nextNs < this.dueNs) this.dueNs = nextNs;
  }

  private readEvents(): void {
    for (const { kind, value, atNs } of this.gpu.health.takeEvents()) {
      if (kind !== 'xid' && !this.gpu.board.hasEcc) continue;
      this.waiting.push({ metric: EVENT_METRICS[kind], value, sensorNs: atNs, refreshNs: 0 });
    }
  }

  /** Without what a lost GPU, an error or a missed refresh withholds. */
  private keep(fresh: readonly GpuReading[]): void {
    const { deviceCode, sensorCodes, sensorDropRatios } = this.gpu.conditions;
    if (deviceCode !== 0) return;
    for (const each of fresh) {
      if (sensorCodes.has(each.metric)) continue;
      const dropRatio = sensorDropRatios.get(each.metric) ?? 0;
      if (dropRatio > 0 && this.random() < dropRatio) continue;
      this.waiting.push(each);
    }
  }
}
