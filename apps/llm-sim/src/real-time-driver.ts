import type { EngineEvent, EngineNs, EngineRequest, ServingEngine } from '@fluidscope/serving-sim';
import type { EngineClock } from './engine-clock.js';

const NS_PER_MS = 1_000_000;
/** A timer set for longer fires at once; a wake-up a day with nothing due costs nothing. */
const MAX_TIMER_MS = 86_400_000;
/** So that a stream without pauses leaves the event loop some turns for others. */
const MAX_EVENTS_A_TURN_COUNT = 4_096;

/**
 * Steps an engine as its virtual time comes on the monotonic clock.
 *
 * A timer that fires late (they have a resolution of 1 ms, and the event loop has other work) hands over what was due late, but the
 * engine's times are its own: the next event is due when the engine says, so lateness never adds up.
 */
export class RealTimeDriver<R extends EngineRequest> {
  private timer: NodeJS.Timeout | undefined;
  private armedForNs: EngineNs | undefined;

  constructor(
    private readonly engine: ServingEngine<R>,
    private readonly clock: EngineClock,
    private readonly onEvent: (event: EngineEvent<R>) => void,
  ) {}

  submit(request: R, arrivedNs: EngineNs): void {
    this.engine.submit(request, arrivedNs);
    this.arm();
  }

  cancel(request: R): void {
    this.engine.cancel(request);
  }

  /** No event is handed over after this. */
  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private arm(): void {
    const nextNs = this.engine.nextEventNs();
    if (nextNs === undefined || (this.armedForNs !== undefined && this.armedForNs <= nextNs)) return;
    clearTimeout(this.timer);
    this.armedForNs = nextNs;
    const delayMs = Math.ceil((nextNs - this.clock.nowNs()) / NS_PER_MS);
    this.timer = setTimeout(() => this.catchUp(), Math.min(Math.max(0, delayMs), MAX_TIMER_MS));
  }

  /**
   * Hands over everything due by one reading of the clock (reading it again after each event would starve the sockets under overload).
   * Whoever disturbs the engine calls it first, and disturbs it at the instant that it returns: what was due before, and is only late, is
   * not disturbed, however long handing it over took.
   */
  catchUp(): EngineNs {
    this.armedForNs = undefined;
    const nowNs = this.clock.nowNs();
    for (let count = 0; count < MAX_EVENTS_A_TURN_COUNT; count++) {
      const nextNs = this.engine.nextEventNs();
      if (nextNs === undefined || nextNs > nowNs) break;
      const event = this.engine.step();
      if (event === undefined) break;
      this.onEvent(event);
    }
    this.arm();
    return nowNs;
  }
}
