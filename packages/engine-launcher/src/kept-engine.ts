import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import type { EngineCommand } from './engine-command.js';
import type { EngineEnd, FromKeeper, KeeperOrder, ToKeeper } from './keeper-messages.js';
import { endProcessTree } from './process-tree.js';

const MARK_NAME = 'FLUIDSCOPE_LAUNCH_ID';

/** Why an engine's command could not be run at all, ENOENT for one. */
export class NotStartedError extends Error {
  override readonly name = 'NotStartedError';
  constructor(
    message: string,
    readonly code: string | undefined,
  ) {
    super(message);
  }
}

export interface KeepOptions {
  readonly env: Readonly<Record<string, string>>;
  readonly logPath: string;
  readonly graceMs: number;
}

/** What was left of an engine's processes when they were ended. */
export interface TreeEnd {
  /** SIGTERM was not enough. */
  readonly killed: boolean;
  /** Not even SIGKILL was: the kernel holds them. */
  readonly remainingPids: readonly number[];
}

/** An engine under a keeper (`engine-keeper.ts`). */
export class KeptEngine {
  readonly #keeper: ChildProcess;
  readonly pid: number;
  /** The engine's own process has ended; `undefined` when its keeper died before it could tell. */
  readonly ended: Promise<EngineEnd | undefined>;
  /** Nothing of it is left. */
  readonly gone: Promise<TreeEnd>;

  private constructor(heard: HeardKeeper, pid: number, { mark, graceMs }: KeeperOrder) {
    this.#keeper = heard.keeper;
    this.pid = pid;
    this.ended = heard.ended.then((message) => message?.end);
    this.gone = heard.gone.then((message) => message ?? endProcessTree({ leaderPid: pid, mark }, graceMs));
  }

  /** Starts a command under a keeper of its own; rejects with `NotStartedError` where the system cannot run it. */
  static async start(command: EngineCommand, { env, logPath, graceMs }: KeepOptions): Promise<KeptEngine> {
    const id = randomUUID();
    const order: KeeperOrder = {
      kind: 'start',
      program: command.program,
      args: command.args,
      env: { ...env, ...command.env, [MARK_NAME]: id },
      mark: `${MARK_NAME}=${id}`,
      logPath,
      graceMs,
    };
    const heard = hear(spawnKeeper());
    heard.keeper.send(order satisfies ToKeeper);
    const message = await heard.started;
    if (message?.kind === 'started') return new KeptEngine(heard, message.pid, order);
    disconnect(heard.keeper);
    throw new NotStartedError(message?.message ?? 'the process that watches it ended at once', message?.code);
  }

  /** Ends every process of the engine. Idempotent; resolves with `gone`. */
  stop(): Promise<TreeEnd> {
    if (this.#keeper.connected) this.#keeper.send({ kind: 'stop' } satisfies ToKeeper, () => undefined);
    return this.gone;
  }
}

function spawnKeeper(): ChildProcess {
  // Resolved by name, so that it is the built file also where this one runs as a source under a test runner.
  const entry = createRequire(import.meta.url).resolve('#engine-keeper');
  return spawn(process.execPath, [entry], { detached: true, stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
}

interface HeardKeeper {
  readonly keeper: ChildProcess;
  readonly started: Promise<Message<'started' | 'not_started'> | undefined>;
  readonly ended: Promise<Message<'ended'> | undefined>;
  readonly gone: Promise<Message<'gone'> | undefined>;
}

type Message<Kind extends FromKeeper['kind']> = Extract<FromKeeper, { readonly kind: Kind }>;

/** Listens for all of them before the first can come: two may arrive in one read. */
function hear(keeper: ChildProcess): HeardKeeper {
  return {
    keeper,
    started: Promise.race([messageOf(keeper, 'started'), messageOf(keeper, 'not_started')]),
    ended: messageOf(keeper, 'ended'),
    gone: messageOf(keeper, 'gone'),
  };
}

/** The keeper's message of one kind; `undefined` when it ends without. */
function messageOf<Kind extends FromKeeper['kind']>(
  keeper: ChildProcess,
  kind: Kind,
): Promise<Message<Kind> | undefined> {
  return new Promise((resolve) => {
    const isOfKind = (message: FromKeeper): message is Message<Kind> => message.kind === kind;
    keeper.on('message', (message: FromKeeper) => {
      if (isOfKind(message)) resolve(message);
    });
    keeper.once('error', () => resolve(undefined));
    keeper.once('close', () => resolve(undefined));
  });
}

function disconnect(keeper: ChildProcess): void {
  if (keeper.connected) keeper.disconnect();
}
