import { durationNs } from '@fluidscope/units';
import type { LlmRequest } from '@fluidscope/llm-client';
import type { LoadPlan } from '@fluidscope/workload';
import type { LoadSettings } from '../load-settings.js';
import type { RunLoadOptions } from '../run-load-options.js';
import { runLoad } from '../run-load.js';
import type { RunResult } from '../run-result.js';
import { RecordedRows } from './recorded-rows.js';
import { ScriptedClient, type Script } from './scripted-client.js';
import { VirtualTime } from './virtual-time.js';

export const MS = 1_000_000;

export const SETTINGS: LoadSettings = {
  deadlines: { ttftDeadlineNs: durationNs(100 * MS), tbtDeadlineNs: durationNs(25 * MS) },
  ignoreEos: false,
  durationNs: undefined,
  drainLimitNs: durationNs(1_000 * MS),
  maxInFlightCount: undefined,
};

/** A run of the real harness in virtual time against a scripted endpoint. */
export class VirtualRun {
  readonly time = new VirtualTime();
  readonly rows = new RecordedRows();
  readonly stop = new AbortController();
  readonly stopNow = new AbortController();
  readonly client: ScriptedClient;
  readonly finished: Promise<RunResult>;
  result: RunResult | undefined;

  constructor(
    plan: LoadPlan,
    scriptOf: (request: LlmRequest, index: number) => Script,
    rest: { readonly settings?: Partial<LoadSettings> } & Omit<Partial<RunLoadOptions>, 'settings'> = {},
  ) {
    this.client = new ScriptedClient(this.time, scriptOf);
    this.finished = runLoad({
      plan,
      client: this.client,
      writer: this.rows,
      clock: this.time,
      timers: this.time,
      prefixTokenCounts: undefined,
      stopSignal: this.stop.signal,
      stopNowSignal: this.stopNow.signal,
      ...rest,
      settings: { ...SETTINGS, ...rest.settings },
    }).then((result) => (this.result = result));
  }

  /** Lets virtual time pass until the run ends, an hour at most. */
  async toEnd(): Promise<RunResult> {
    for (let second = 1; second <= 3_600 && this.result === undefined; second++) {
      await this.time.advanceTo(this.time.nowNs() + 1_000 * MS);
    }
    if (this.result === undefined) throw new Error('the run did not end within an hour of virtual time');
    return this.result;
  }

  /** Sends' times in milliseconds, by order of sending. */
  get sentAtMs(): number[] {
    return this.client.sent.map(({ atNs }) => atNs / MS);
  }
}
