import { messageOf } from '@fluidscope/errors';
import { HOST_METRICS, hostMetricById, type HostTier } from '@fluidscope/trace-schema';
import { join } from 'node:path';
import { KernelText } from './kernel-text.js';
import { createReadBuffer, ProbeFile } from './probe-file.js';
import type { Probe } from './probe.js';
import { RecentIntervals } from './recent-intervals.js';
import { RecordBatch, type HostSeries } from './record-batch.js';

interface OpenProbe {
  readonly probe: Probe;
  readonly file: ProbeFile;
  readonly calls: RecentIntervals;
  /** The series that the file's values went to at its last reading, in their order: nearly always the same again. */
  readonly series: HostSeries[];
}

/** What was measured of one metric. */
export interface MeasuredHostMetric {
  readonly metric: string;
  /** Median time between changes; `undefined` when it changed too seldom to tell. */
  readonly refreshMedianNs: number | undefined;
  /** Of the reading of the file that the metric stands in. */
  readonly callP50Ns: number | undefined;
  readonly callP99Ns: number | undefined;
}

const COUNTERS: ReadonlySet<number> = new Set(
  HOST_METRICS.filter(({ kind }) => kind === 'counter').map(({ id }) => id),
);

/** The open files, read tier by tier into one batch of records. */
export class ProbeSet implements Disposable {
  readonly #root: string;
  readonly #nowNs: () => bigint;
  readonly #originMonoNs: bigint;
  readonly #buffer = createReadBuffer();
  readonly #text = new KernelText(this.#buffer);
  readonly #batch: RecordBatch;
  readonly #refresh = new Map<number, RecentIntervals>();
  readonly #callsOf = new Map<number, RecentIntervals>();
  /** By file that could not be opened or read. */
  readonly problems = new Map<string, string>();
  #open: OpenProbe[] = [];

  constructor(root: string, nowNs: () => bigint, onRecords: (records: Buffer) => void) {
    this.#root = root;
    this.#nowNs = nowNs;
    this.#originMonoNs = nowNs();
    this.#batch = new RecordBatch({
      originMonoNs: this.#originMonoNs,
      flush: onRecords,
      onChange: (metricId, intervalNs) => this.#intervalsOf(metricId).add(intervalNs),
    });
  }

  /** Opens the files that are there. What is not is a line of `problems`. */
  add(probes: readonly Probe[]): void {
    for (const probe of probes) {
      try {
        const file = new ProbeFile(join(this.#root, probe.path));
        this.#open.push({ probe, file, calls: new RecentIntervals(), series: [] });
      } catch (error) {
        this.problems.set(probe.path, messageOf(error));
      }
    }
  }

  /** Closes the files of these probes, and forgets what was wrong with them. */
  drop(probes: ReadonlySet<Probe>): void {
    for (const { path } of probes) this.problems.delete(path);
    this.#close(probes);
  }

  #close(probes: ReadonlySet<Probe>): void {
    this.#open = this.#open.filter((each) => {
      if (!probes.has(each.probe)) return true;
      each.file[Symbol.dispose]();
      return false;
    });
  }

  /** Reads the files of a tier. One that can be read no more is closed; its reason stands in `problems`. */
  read(tier: HostTier): void {
    const failed = new Set<Probe>();
    for (const each of this.#open) {
      if (each.probe.tier !== tier) continue;
      try {
        this.#readOne(each);
      } catch (error) {
        this.problems.set(each.probe.path, messageOf(error));
        failed.add(each.probe);
      }
    }
    if (failed.size > 0) this.#close(failed);
  }

  /** Adds a value that no file holds, of now. */
  addValue(metricId: number, value: number): void {
    const series = this.#seriesOf(metricId, 0);
    this.#batch.add(series, value, { beforeNs: this.#sinceOriginNs(), callNs: 0 });
  }

  forget(subId: number, metricIds: Iterable<number>): void {
    this.#batch.forget(subId, metricIds);
  }

  flush(): void {
    this.#batch.flush();
  }

  /** The metrics that were read so far. */
  measured(): readonly MeasuredHostMetric[] {
    return [...this.#refresh].map(([id, refresh]) => ({
      metric: hostMetricById(id)?.name ?? String(id),
      refreshMedianNs: refresh.quantileNs(0.5),
      callP50Ns: this.#callsOf.get(id)?.quantileNs(0.5),
      callP99Ns: this.#callsOf.get(id)?.quantileNs(0.99),
    }));
  }

  [Symbol.dispose](): void {
    for (const { file } of this.#open) file[Symbol.dispose]();
    this.#open = [];
  }

  #readOne({ probe, file, calls, series }: OpenProbe): void {
    const beforeNs = this.#sinceOriginNs();
    this.#text.begin(file.read(this.#buffer));
    const stamp = { beforeNs, callNs: this.#sinceOriginNs() - beforeNs };
    calls.add(stamp.callNs);
    let at = 0;
    probe.parse(this.#text, (metricId, subId, value) => {
      let found = series[at];
      if (found?.metricId !== metricId || found.subId !== subId) {
        found = this.#seriesOf(metricId, subId);
        series[at] = found;
        this.#callsOf.set(metricId, calls);
      }
      at += 1;
      this.#batch.add(found, value, stamp);
    });
  }

  /** Exact: a sampler that ran for 104 days would be the first to round. */
  #sinceOriginNs(): number {
    return Number(this.#nowNs() - this.#originMonoNs);
  }

  #seriesOf(metricId: number, subId: number): HostSeries {
    this.#intervalsOf(metricId);
    return this.#batch.seriesOf(metricId, subId, COUNTERS.has(metricId));
  }

  #intervalsOf(metricId: number): RecentIntervals {
    const known = this.#refresh.get(metricId);
    if (known !== undefined) return known;
    const created = new RecentIntervals();
    this.#refresh.set(metricId, created);
    return created;
  }
}
