import type { AgentEvent, AgentLoss, TelemetryListener } from '@fluidscope/telemetry-link';

/**
 * Hands everything to every listener. One that throws is left out from then on, and `onFailure` is told: it cannot take the
 * others, or the sampler's callback, down with it.
 */
export class FanOut implements TelemetryListener {
  readonly #listeners = new Set<TelemetryListener>();
  readonly #onFailure: (thrown: unknown) => void;

  constructor(onFailure: (thrown: unknown) => void) {
    this.#onFailure = onFailure;
  }

  get listenersCount(): number {
    return this.#listeners.size;
  }

  add(listener: TelemetryListener): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  onRecords(records: Buffer): void {
    this.#each((listener) => listener.onRecords(records));
  }

  onEvent(event: AgentEvent): void {
    this.#each((listener) => listener.onEvent(event));
  }

  onLoss(loss: AgentLoss): void {
    this.#each((listener) => listener.onLoss(loss));
  }

  #each(tell: (listener: TelemetryListener) => void): void {
    for (const listener of this.#listeners) {
      try {
        tell(listener);
      } catch (thrown) {
        this.#listeners.delete(listener);
        this.#onFailure(thrown);
      }
    }
  }
}
