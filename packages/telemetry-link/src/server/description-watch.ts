import type { AgentDescription } from '../agent-description.js';
import type { TelemetryListener, TelemetrySource } from '../telemetry-source.js';

/** An event is followed by a look at the description this much later: states settle, and bursts cost one look. */
const LOOK_DELAY_MS = 250;

/** And now and again without an event: not every change has one. */
const LOOK_PERIOD_MS = 5_000;

/**
 * A source that is looked at again after each event, and now and again while somebody listens. Who is told compares with what it was told
 * last: a reader's hello may be older than the last look.
 */
export class DescriptionWatch implements TelemetrySource, Disposable {
  readonly #source: TelemetrySource;
  readonly #onLook: (description: AgentDescription) => void;
  #timer: NodeJS.Timeout | undefined;
  #period: NodeJS.Timeout | undefined;

  constructor(source: TelemetrySource, onLook: (description: AgentDescription) => void) {
    this.#source = source;
    this.#onLook = onLook;
  }

  describe(): AgentDescription {
    return this.#source.describe();
  }

  subscribe(listener: TelemetryListener): Disposable {
    const subscription = this.#source.subscribe({
      onRecords: (records) => listener.onRecords(records),
      onLoss: (loss) => listener.onLoss(loss),
      onEvent: (event) => {
        listener.onEvent(event);
        this.#timer ??= setTimeout(() => this.#look(), LOOK_DELAY_MS).unref();
      },
    });
    this.#period = setInterval(() => this.#look(), LOOK_PERIOD_MS).unref();
    return {
      [Symbol.dispose]: () => {
        this[Symbol.dispose]();
        subscription[Symbol.dispose]();
      },
    };
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    clearInterval(this.#period);
    this.#timer = undefined;
  }

  #look(): void {
    this.#timer = undefined;
    this.#onLook(this.describe());
  }
}
