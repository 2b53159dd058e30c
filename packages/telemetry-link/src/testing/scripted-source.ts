import type { AgentDescription } from '../agent-description.js';
import type { AgentEvent, AgentLoss, TelemetryListener, TelemetrySource } from '../telemetry-source.js';
import { recordsOfRows, sampleRow, type SampleRow } from './sample-rows.js';

export const DESCRIPTION: AgentDescription = {
  agent_id: 'node-1-0a1b2c3d',
  hostname: 'node-1',
  versions: { fluidscope: '0.1.0' },
  gpu_source: { kind: 'nvml', state: 'ready', detail: '' },
  gpus: [
    {
      index: 0,
      uuid: 'GPU-1',
      name: 'NVIDIA H100 80GB HBM3',
      state: 'ready',
      absent: [],
      metrics: [{ metric: 'power_instant_mw', refresh_median_ns: 100_000_000 }],
    },
  ],
};

/** A source that says what a test tells it to. */
export class ScriptedSource implements TelemetrySource {
  description = DESCRIPTION;
  readonly #listeners = new Set<TelemetryListener>();
  readonly #originMonoNs: bigint;

  constructor(originMonoNs: bigint) {
    this.#originMonoNs = originMonoNs;
  }

  get listenersCount(): number {
    return this.#listeners.size;
  }

  describe(): AgentDescription {
    return this.description;
  }

  subscribe(listener: TelemetryListener): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => this.#listeners.delete(listener) };
  }

  /** Samples with times relative to the source's origin, in a buffer that is overwritten at once. */
  give(rows: readonly Partial<SampleRow>[]): void {
    const records = recordsOfRows(
      rows.map((row) => sampleRow(row)),
      this.#originMonoNs,
    );
    for (const listener of this.#listeners) listener.onRecords(records);
    records.fill(0xff);
  }

  say(event: AgentEvent): void {
    for (const listener of this.#listeners) listener.onEvent(event);
  }

  lose(loss: AgentLoss): void {
    for (const listener of this.#listeners) listener.onLoss(loss);
  }
}
