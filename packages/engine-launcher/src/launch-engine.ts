import { FluidscopeError } from '@fluidscope/errors';
import { rm, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { engineCommand, type EngineCommand, type PlaceholderValues } from './engine-command.js';
import { endText, engineFailure, type EngineTrouble, type FailureContext } from './engine-failure.js';
import { lastLogLines } from './engine-log.js';
import type { EngineTemplate } from './engine-templates.js';
import { findFreePort, isPortFree } from './free-port.js';
import { whyNotHealthy } from './health-check.js';
import { KeptEngine, NotStartedError } from './kept-engine.js';
import { countOomKills } from './out-of-memory.js';
import { redactWords, secretsOf } from './redact-secrets.js';
import { RunningEngine } from './running-engine.js';

/** An engine to start, and how long to wait for it. */
export interface EngineLaunch {
  readonly template: EngineTemplate;
  /** What `host` and `port` do not say: `model`, `name` and whatever else the template has. */
  readonly values: PlaceholderValues;
  readonly host: string;
  /** A free one is found where none is given, and another when somebody takes it first. */
  readonly port: number | undefined;
  /** All of the engine's variables; `CUDA_VISIBLE_DEVICES` reaches it by them. */
  readonly env: Readonly<Record<string, string>>;
  /** Taken out of messages, wherever they stand in the log. */
  readonly secrets?: readonly string[];
  /** Replaced if it exists. */
  readonly logPath: string;
  readonly startLimitMs: number;
  /** From SIGTERM to SIGKILL. */
  readonly graceMs: number;
  /** Ends the wait; the engine is stopped. */
  readonly signal?: AbortSignal;
  /** Called about once a second while the engine is not ready. */
  readonly onWaiting?: (wait: EngineWait) => void;
}

export interface EngineWait {
  readonly elapsedMs: number;
  /** What keeps it from being ready, as the last look met it. */
  readonly met: string;
  readonly lastLogLine: string | undefined;
}

const MAX_PORTS_TRIED = 3;
const FIRST_LOOK_MS = 50;
const SLOWEST_LOOK_MS = 1_000;

/**
 * Starts an engine and resolves when it is healthy. Rejects with a `FluidscopeError` that ends with the engine's last words, and has stopped it then, when
 * it ends before (noticed at once), is not healthy in time or `signal` is aborted.
 *
 * A port that somebody else took between our look and the engine's is noticed when the engine has ended and the port is taken all the same: then
 * another is tried.
 */
export async function launchEngine(launch: EngineLaunch): Promise<RunningEngine> {
  for (let triedCount = 1; ; triedCount += 1) {
    const port = launch.port ?? (await findFreePort(launch.host));
    if (launch.port !== undefined) await expectFree(launch.host, launch.port);
    const attempt = new LaunchAttempt(launch, port);
    const outcome = await attempt.run();
    if (outcome instanceof RunningEngine) return outcome;
    const lostRace = launch.port === undefined && !(await isPortFree(launch.host, port));
    if (!lostRace || triedCount === MAX_PORTS_TRIED) throw outcome;
  }
}

async function expectFree(host: string, port: number): Promise<void> {
  if (await isPortFree(host, port)) return;
  throw new FluidscopeError(`Expected port ${port} of ${host} to be free but somebody listens on it`, {
    code: 'engine.port-taken',
    hint: 'Stop what listens there, or let a free port be found.',
  });
}

class LaunchAttempt {
  readonly #launch: EngineLaunch;
  readonly #port: number;
  readonly #command: EngineCommand;
  readonly #url: string;
  readonly #startedAtMs = performance.now();

  constructor(launch: EngineLaunch, port: number) {
    this.#launch = launch;
    this.#port = port;
    this.#command = engineCommand(launch.template, {
      ...launch.values,
      host: launch.host,
      port: String(port),
    });
    this.#url = `http://${launch.host.includes(':') ? `[${launch.host}]` : launch.host}:${port}`;
  }

  /** The engine when it is healthy, or why it ended first. Throws for everything that another port does not mend. */
  async run(): Promise<RunningEngine | FluidscopeError> {
    const { logPath } = this.#launch;
    await rm(logPath, { force: true });
    await writeFile(logPath, '', { flag: 'wx' });
    const failure: FailureContext = {
      name: this.#launch.template.name,
      logPath,
      secrets: [...(this.#launch.secrets ?? []), ...secretsOf(this.#words(), this.#launch.env)],
      oomKillsBefore: await countOomKills(),
    };
    const kept = await this.#start(failure);
    const trouble = await this.#awaitHealth(kept).catch(async (thrown: unknown) => {
      await kept.stop();
      throw thrown;
    });
    if (trouble === undefined) return this.#running(kept, failure);
    await kept.stop();
    const error = await engineFailure(failure, trouble);
    if (trouble.code === 'engine.exited') return error;
    throw error;
  }

  #words(): readonly string[] {
    return [this.#command.program, ...this.#command.args];
  }

  async #start(failure: FailureContext): Promise<KeptEngine> {
    try {
      return await KeptEngine.start(this.#command, this.#launch);
    } catch (thrown) {
      if (!(thrown instanceof NotStartedError)) throw thrown;
      const { program } = this.#command;
      throw await engineFailure(failure, {
        code: 'engine.not-started',
        what: `it could not be started: ${thrown.message}`,
        hint:
          thrown.code === 'ENOENT'
            ? `Install ${program} or put it on the PATH, or give the command with its whole path.`
            : `See whether ${program} can be run by hand.`,
      });
    }
  }

  /** `undefined` when it is healthy. */
  async #awaitHealth(kept: KeptEngine): Promise<EngineTrouble | undefined> {
    const { template, startLimitMs, signal } = this.#launch;
    const over = new AbortController();
    const ended = kept.ended.then((end): EngineTrouble => {
      over.abort();
      return { code: 'engine.exited', what: endText(end), end };
    });
    const noMore = signal === undefined ? over.signal : AbortSignal.any([over.signal, signal]);
    for (let pauseMs = FIRST_LOOK_MS; ; pauseMs = Math.min(pauseMs * 1.5, SLOWEST_LOOK_MS)) {
      const met = await Promise.race([ended, whyNotHealthy(this.#url, template.healthPaths)]);
      // Whoever answers on the port: it is not an engine that has ended.
      if (over.signal.aborted) return ended;
      if (signal?.aborted === true) return { code: 'engine.interrupted', what: 'its start was interrupted' };
      if (typeof met !== 'string') return met;
      if (this.#elapsedMs() > startLimitMs) return this.#notHealthy(met);
      await this.#tellWait(met);
      await sleep(pauseMs, undefined, { signal: noMore }).catch(() => undefined);
    }
  }

  #lastToldAtMs = performance.now();

  async #tellWait(met: string): Promise<void> {
    const { onWaiting, logPath } = this.#launch;
    if (onWaiting === undefined || performance.now() - this.#lastToldAtMs < SLOWEST_LOOK_MS) return;
    this.#lastToldAtMs = performance.now();
    const [lastLogLine] = await lastLogLines(logPath, 1);
    onWaiting({ elapsedMs: this.#elapsedMs(), met, lastLogLine });
  }

  #notHealthy(met: string): EngineTrouble {
    const limitS = this.#launch.startLimitMs / 1000;
    return {
      code: 'engine.not-healthy',
      what: `it was not healthy within ${limitS} s (${met})`,
      hint: 'Give it more time, or name the path that says when it is ready.',
    };
  }

  #elapsedMs(): number {
    return performance.now() - this.#startedAtMs;
  }

  #running(kept: KeptEngine, failure: FailureContext): RunningEngine {
    return new RunningEngine(kept, {
      name: this.#launch.template.name,
      url: this.#url,
      host: this.#launch.host,
      port: this.#port,
      command: redactWords(this.#words()),
      logPath: this.#launch.logPath,
      readyAfterMs: Math.round(this.#elapsedMs()),
      failure,
    });
  }
}
