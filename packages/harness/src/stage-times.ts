import type { RunNs } from '@fluidscope/units';
import type { LoadStage } from './progress-snapshot.js';
import type { LoadWindow } from './run-result.js';

/** When a load entered each of its stages. */
export class StageTimes {
  #stage: LoadStage = 'preparing';
  readonly #enteredNs: Partial<Record<LoadStage, RunNs>> = {};

  get stage(): LoadStage {
    return this.#stage;
  }

  get measuredStartNs(): RunNs | undefined {
    return this.#enteredNs.measured;
  }

  enter(stage: LoadStage, atNs: RunNs): void {
    this.#stage = stage;
    this.#enteredNs[stage] = atNs;
  }

  window(endedNs: RunNs): LoadWindow {
    return {
      warmupStartNs: this.#enteredNs.warmup,
      measuredStartNs: this.#enteredNs.measured,
      sendingEndedNs: this.#enteredNs.draining,
      endedNs,
    };
  }
}
