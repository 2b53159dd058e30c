import { FRAME_NS } from '@fluidscope/live-view';

/** After a pause longer than this many frames, one frame stands for all of it. */
const MAX_CATCH_UP_COUNT = 40;
const NS_PER_MS = 1_000_000;

export interface FramePumpOptions {
  /** Now on the page's axis. */
  readonly nowNs: () => number;
  /** How far behind now a frame ends, so that its records have come. */
  readonly lagNs: number;
  readonly onFrame: (endNs: number) => void;
}

/** Makes frames at absolute times, 20 a second: one that comes late does not move the next. */
export class FramePump implements Disposable {
  readonly #options: FramePumpOptions;
  #nextEndNs: number;
  #timer: NodeJS.Timeout | undefined;
  #madeCount = 0;
  #lateCount = 0;
  #skippedCount = 0;

  constructor(options: FramePumpOptions) {
    this.#options = options;
    const firstNs = options.nowNs() - options.lagNs;
    this.#nextEndNs = Math.max(0, Math.ceil(firstNs / FRAME_NS)) * FRAME_NS;
    this.#arm();
  }

  /** Frames made, those made more than a frame's time late, and those that a later one stands for. */
  get figures(): { readonly madeCount: number; readonly lateCount: number; readonly skippedCount: number } {
    return { madeCount: this.#madeCount, lateCount: this.#lateCount, skippedCount: this.#skippedCount };
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #arm(): void {
    const { nowNs, lagNs } = this.#options;
    const waitMs = Math.max(0, Math.ceil((this.#nextEndNs + lagNs - nowNs()) / NS_PER_MS));
    this.#timer = setTimeout(() => this.#make(), waitMs);
  }

  #make(): void {
    const { nowNs, lagNs, onFrame } = this.#options;
    const dueNs = nowNs() - lagNs;
    const behindCount = Math.floor((dueNs - this.#nextEndNs) / FRAME_NS);
    if (behindCount > MAX_CATCH_UP_COUNT) {
      this.#skippedCount += behindCount;
      this.#nextEndNs += behindCount * FRAME_NS;
    }
    while (this.#nextEndNs <= dueNs) {
      if (dueNs - this.#nextEndNs > FRAME_NS) this.#lateCount += 1;
      onFrame(this.#nextEndNs);
      this.#madeCount += 1;
      this.#nextEndNs += FRAME_NS;
    }
    this.#arm();
  }
}
