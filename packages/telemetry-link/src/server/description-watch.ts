import type { AgentDescription } from '../agent-description.js';
import type { TelemetryListener, TelemetrySource } from '../telemetry-source.js';

/** An event is followed by a look at the description this much later: states settle, and bursts cost one look. */
const LOOK_DELAY_MS = 250;

/** A source that also tells when its description has changed: events are what changes it. */
export class DescriptionWatch implements TelemetrySource, Disposable {
  readonly #source: TelemetrySource;
  readonly #onChanged: (description: AgentDescription) => void;
  #lastJson = '';
  #timer: NodeJS.Timeout | undefined;

  constructor(source: TelemetrySource, onChanged: (description: AgentDescription) => void) {
    this.#source = source;
    this.#onChanged = onChanged;
  }

  describe(): AgentDescription {
    return this.#source.describe();
  }

  subscribe(listener: TelemetryListener): Disposable {
    this.#lastJson = JSON.stringify(this.describe());
    return this.#source.subscribe({
      onRecords: (records) => listener.onRecords(records),
      onLoss: (loss) => listener.onLoss(loss),
      onEvent: (event) => {
        listener.onEvent(event);
        this.#timer ??= setTimeout(() => this.#look(), LOOK_DELAY_MS).unref();
      },
    });
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }

  #look(): void {
    this.#timer = undefined;
    const description = this.describe();
    const json = JSON.stringify(description);
    if (json === this.#lastJson) return;
    this.#lastJson = json;
    this.#onChanged(description);
  }
}
