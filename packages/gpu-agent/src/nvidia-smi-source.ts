import { messageOf } from '@fluidscope/errors';
import {
  chooseQueryFields,
  createQueryCsvReader,
  queryArguments,
  type QueryChoice,
  type SmiLineReader,
  type SmiRecord,
} from '@fluidscope/nvidia-smi-parser';
import type { TelemetryListener } from '@fluidscope/telemetry-link';
import { gpuMetricByName } from '@fluidscope/trace-schema';
import { execFile } from 'node:child_process';
import type { GpuDescription, GpuSource } from './gpu-source.js';
import { LineChild } from './line-child.js';
import { SampleRecordWriter, type WrittenSample } from './sample-record-writer.js';

export interface NvidiaSmiOptions {
  /** A name on the PATH, or a path. */
  readonly command: string;
  readonly intervalMs: number;
  /** First pause before it is tried again; doubles up to 30 s. */
  readonly firstRetryMs?: number;
  /** A child that prints nothing for so long is replaced; five intervals and at least 5 s when absent. */
  readonly silenceMs?: number;
}

type State = 'starting' | 'ready' | 'nvidia_smi_failed';

interface SeenGpu {
  readonly index: number;
  uuid: string;
  name: string;
  pciBusId: string;
  state: 'ready' | 'lost';
  /** What it prints no value for, with its own word. */
  absent: ReadonlyMap<string, string>;
}

const HELP_TIMEOUT_MS = 10_000;
const MAX_RETRY_MS = 30_000;
const MIN_SILENCE_MS = 5_000;
/** No machine has more; a text that claims so is not believed. */
const MAX_GPU_INDEX = 1_023;

/**
 * Reads GPUs through one long-lived `nvidia-smi -lms` child: what it knows of its fields is asked first, for one unknown field fails
 * the whole query. When each value was read is not known better than "since the rows before": a record's `beforeNs` to
 * `beforeNs + callNs` is that span.
 */
export class NvidiaSmiSource implements GpuSource {
  readonly #listener: TelemetryListener;
  readonly #options: NvidiaSmiOptions;
  readonly #monoNowNs: () => bigint;
  readonly #gpus = new Map<number, SeenGpu>();
  readonly #writer = new SampleRecordWriter();
  #choice: QueryChoice = { fields: [], missingMetrics: [] };
  #reader: SmiLineReader = createQueryCsvReader();
  #child: LineChild | undefined;
  #retry: NodeJS.Timeout | undefined;
  #state: State = 'starting';
  #detail = '';
  #isDisposed = false;
  /** When the rows before these came: rows of one round come together. */
  #lastRoundNs: bigint;
  #lastRowNs: bigint;

  constructor(listener: TelemetryListener, options: NvidiaSmiOptions, monoNowNs: () => bigint) {
    this.#listener = listener;
    this.#options = options;
    this.#monoNowNs = monoNowNs;
    this.#lastRoundNs = this.#lastRowNs = monoNowNs();
    this.#ask(options.firstRetryMs ?? 1_000);
  }

  describe(): GpuDescription {
    const { command, intervalMs } = this.#options;
    const missing = this.#choice.missingMetrics.map((metric) => ({
      metric,
      reason: 'nvidia-smi has no such field',
    }));
    return {
      gpu_source: {
        kind: 'nvidia_smi',
        state: this.#state,
        detail: this.#detail === '' ? `${command} every ${intervalMs} ms` : this.#detail,
        interval_ms: intervalMs,
      },
      gpus: [...this.#gpus.values()].map(({ index, uuid, name, pciBusId, state, absent }) => ({
        index,
        uuid,
        name,
        pci_bus_id: pciBusId,
        state,
        absent: [...missing, ...[...absent].map(([metric, reason]) => ({ metric, reason }))],
        metrics: [],
      })),
    };
  }

  [Symbol.dispose](): void {
    this.#isDisposed = true;
    clearTimeout(this.#retry);
    this.#child?.[Symbol.dispose]();
  }

  /** Asks for its fields, again and again until it runs. */
  #ask(retryMs: number): void {
    const { command } = this.#options;
    execFile(command, ['--help-query-gpu'], { timeout: HELP_TIMEOUT_MS }, (error, stdout) => {
      if (this.#isDisposed) return;
      this.#choice = chooseQueryFields(stdout);
      if (error === null && this.#choice.fields.length > 0) return this.#start();
      this.#become(
        'nvidia_smi_failed',
        error === null ? `${command} names no field to query` : messageOf(error),
      );
      this.#retry = setTimeout(() => this.#ask(Math.min(2 * retryMs, MAX_RETRY_MS)), retryMs);
    });
  }

  #start(): void {
    const { command, intervalMs, firstRetryMs = 1_000, silenceMs } = this.#options;
    this.#child = new LineChild(
      {
        onStart: () => {
          this.#reader = createQueryCsvReader();
          this.#lastRoundNs = this.#lastRowNs = this.#monoNowNs();
        },
        onLine: (line) => this.#printed(line),
        onDown: (reason) => this.#down(reason),
      },
      {
        command,
        args: queryArguments(this.#choice.fields, intervalMs),
        silenceMs: silenceMs ?? Math.max(MIN_SILENCE_MS, 5 * intervalMs),
        firstRetryMs,
        maxRetryMs: MAX_RETRY_MS,
      },
    );
  }

  #printed(line: string): void {
    const nowNs = this.#monoNowNs();
    // Rows of one round follow each other at once; a pause of half an interval begins the next.
    if (nowNs - this.#lastRowNs > BigInt(this.#options.intervalMs) * 500_000n)
      this.#lastRoundNs = this.#lastRowNs;
    this.#lastRowNs = nowNs;
    const samples = this.#reader
      .feed(`${line}\n`)
      .records.flatMap((record) => this.#samplesOf(record, nowNs));
    if (samples.length === 0) return;
    this.#become('ready', '');
    this.#listener.onRecords(this.#writer.write(samples));
  }

  #samplesOf({ gpu, state, readings, unavailable }: SmiRecord, nowNs: bigint): WrittenSample[] {
    const index = gpu.index ?? [...this.#gpus.values()].find(({ uuid }) => uuid === gpu.uuid)?.index;
    if (index === undefined || index > MAX_GPU_INDEX) return [];
    const seen = this.#gpuAt(index);
    seen.uuid = gpu.uuid ?? seen.uuid;
    seen.name = gpu.name ?? seen.name;
    seen.pciBusId = gpu.pciBusId ?? seen.pciBusId;
    seen.absent = new Map(unavailable.map(({ metric, text }) => [metric, text]));
    this.#gpuBecomes(seen, state === 'lost' ? 'lost' : 'ready', nowNs);
    const span = { beforeNs: this.#lastRoundNs, callNs: Number(nowNs - this.#lastRoundNs), gpuIndex: index };
    return readings.flatMap(({ metric, value, subId = 0 }) => {
      const metricId = gpuMetricByName(metric)?.id;
      return metricId === undefined ? [] : [{ ...span, metricId, value, subId }];
    });
  }

  #gpuAt(index: number): SeenGpu {
    const seen = this.#gpus.get(index) ?? {
      index,
      uuid: '',
      name: '',
      pciBusId: '',
      state: 'ready',
      absent: new Map(),
    };
    this.#gpus.set(index, seen);
    return seen;
  }

  #gpuBecomes(gpu: SeenGpu, state: SeenGpu['state'], monoNs: bigint): void {
    if (gpu.state === state) return;
    gpu.state = state;
    const detail = { gpu_index: gpu.index, gpu_uuid: gpu.uuid, state };
    this.#listener.onEvent({ kind: 'gpu_state', monoNs, source: 'nvidia_smi', detail });
  }

  #down(reason: string): void {
    const toMonoNs = this.#monoNowNs();
    const roundsCount = Math.floor(Number(toMonoNs - this.#lastRowNs) / 1e6 / this.#options.intervalMs);
    const count = roundsCount * Math.max(1, this.#gpus.size) * (this.#choice.fields.length || 1);
    if (this.#state === 'ready' && count > 0) {
      this.#listener.onLoss({ reason: 'nvidia_smi_down', count, fromMonoNs: this.#lastRowNs, toMonoNs });
    }
    this.#become('nvidia_smi_failed', `${this.#options.command}: ${reason}`);
  }

  #become(state: State, detail: string): void {
    if (state === this.#state && detail === this.#detail) return;
    this.#state = state;
    this.#detail = detail;
    const monoNs = this.#monoNowNs();
    this.#listener.onEvent({ kind: 'state', monoNs, source: 'nvidia_smi', detail: { state, detail } });
  }
}
