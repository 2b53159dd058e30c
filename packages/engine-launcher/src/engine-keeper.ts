/**
 * A program of its own between a run and its engine, so that no engine outlives its run:
 *
 * 1. It starts the engine in a session of its own and is its parent: it learns of the engine's end at once.
 * 2. Its channel to the run closes when the run's process is gone, whatever ended it (SIGKILL, an exception, the terminal): then it ends the engine.
 * 3. It is in a session of its own too, so that what ends the run's job (Ctrl-C, SIGHUP, `kill -9` of the group) does not reach it.
 * 4. When the engine's own process has ended, it ends what that left behind: workers that hold a GPU's memory.
 * 5. When something ends the keeper, the run sees its end and ends the engine itself (`kept-engine.ts`).
 *
 * `launch-engine.test.ts` kills each of the three and looks for orphans.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EngineEnd, FromKeeper, KeeperOrder, ToKeeper } from './keeper-messages.js';
import { endProcessTree } from './process-tree.js';

/** A process that the kernel holds back may not end for any signal. */
const REAPING_LIMIT_MS = 1_000;

process.once('message', (message) => {
  const order = message as ToKeeper;
  if (order.kind === 'start') keep(order);
});
process.once('disconnect', leaveIfIdle);

function leaveIfIdle(): void {
  process.exit(0);
}

function keep(order: KeeperOrder): void {
  process.off('disconnect', leaveIfIdle);
  const engine = start(order);
  engine.once('error', (error: NodeJS.ErrnoException) => {
    if (engine.pid === undefined) tell({ kind: 'not_started', message: error.message, code: error.code });
  });
  const leaderPid = engine.pid;
  if (leaderPid === undefined) return;
  tell({ kind: 'started', pid: leaderPid });
  const exited = once(engine, 'exit').catch(() => undefined);
  let ending: Promise<void> | undefined;
  const end = (): void => {
    ending ??= endProcessTree({ leaderPid, mark: order.mark }, order.graceMs).then(async (report) => {
      // Left before it is reaped it would stay a zombie where process 1 reaps late or never, as in many containers.
      await Promise.race([exited, sleep(REAPING_LIMIT_MS)]);
      tell({ kind: 'gone', ...report }, () => process.exit(0));
    });
  };
  engine.once('exit', (status, signal) => {
    tell({ kind: 'ended', end: endOf(status, signal) });
    end();
  });
  process.on('message', end);
  process.once('disconnect', end);
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, end);
}

/** Its output goes straight into the file: nothing of it is held here, and an engine that writes much waits for nobody but the disk. */
function start({ program, args, env, logPath }: KeeperOrder): ChildProcess {
  const log = openSync(logPath, 'a');
  try {
    return spawn(program, args, { env, detached: true, stdio: ['ignore', log, log] });
  } finally {
    closeSync(log);
  }
}

function endOf(status: number | null, signal: NodeJS.Signals | null): EngineEnd {
  return signal === null ? { kind: 'exited', status: status ?? 0 } : { kind: 'signalled', signal };
}

/** Then calls `done`, once the message is on its way or nobody is there to hear it: what is left to do depends on nobody's hearing. */
function tell(message: FromKeeper, done: () => void = () => undefined): void {
  if (process.connected && process.send !== undefined) process.send(message, done);
  else done();
}
