import type { FluidscopeError } from '@fluidscope/errors';
import { endText, engineFailure, type FailureContext } from './engine-failure.js';
import { isPortFree } from './free-port.js';
import type { KeptEngine, TreeEnd } from './kept-engine.js';

export interface RunningEngineFacts {
  readonly name: string;
  readonly url: string;
  readonly host: string;
  readonly port: number;
  /** Without secrets. */
  readonly command: readonly string[];
  readonly logPath: string;
  readonly readyAfterMs: number;
  readonly failure: FailureContext;
}

/** How an engine was stopped. */
export interface EngineStop extends TreeEnd {
  readonly portFree: boolean;
}

/** An engine that serves. Whoever has it stops it, whatever happens; should its process be killed before, the engine is stopped all the same. */
export class RunningEngine implements AsyncDisposable {
  readonly #kept: KeptEngine;
  readonly #died = new AbortController();
  readonly #watched: Promise<void>;
  #stopping = false;
  readonly facts: RunningEngineFacts;

  constructor(kept: KeptEngine, facts: RunningEngineFacts) {
    this.#kept = kept;
    this.facts = facts;
    this.#watched = kept.ended.then(async (end) => {
      if (this.#stopping) return;
      const trouble = { code: 'engine.died', what: `${endText(end)} while it was in use`, end };
      this.#died.abort(await engineFailure(facts.failure, trouble));
    });
  }

  get url(): string {
    return this.facts.url;
  }

  get pid(): number {
    return this.#kept.pid;
  }

  /** Aborted when the engine ends before it is stopped. */
  get died(): AbortSignal {
    return this.#died.signal;
  }

  /** Why it ended unasked; `undefined` while it serves and after it was stopped. */
  get failure(): FluidscopeError | undefined {
    return this.#died.signal.aborted ? (this.#died.signal.reason as FluidscopeError) : undefined;
  }

  /** Ends all of its processes. Idempotent. */
  async stop(): Promise<EngineStop> {
    // An end that is already on its way to us was not of our asking.
    await new Promise((resolve) => setImmediate(resolve));
    this.#stopping = true;
    const { killed, remainingPids } = await this.#kept.stop();
    await this.#watched;
    const portFree = await isPortFree(this.facts.host, this.facts.port);
    return { killed, remainingPids, portFree };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}
