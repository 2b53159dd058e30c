import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const PROGRAM = fileURLToPath(new URL('../../apps/cli/bin/fluidscope.js', import.meta.url));

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fluidscope-e2e-launch-'));
});
afterEach(() => rm(folder, { recursive: true }));

interface LaunchedRun {
  readonly run: ChildProcess;
  readonly enginePid: number;
  readonly ended: Promise<number | null>;
}

/** A run on an engine that it started, once that serves. The load would go on for ten minutes. */
async function startRun(): Promise<LaunchedRun> {
  const args = ['run', '--launch', 'sim', '-m', 'demo', '--concurrency', '2', '--duration', '10m'];
  const run = spawn(
    process.execPath,
    [PROGRAM, ...args, '-o', join(folder, 'run.duckdb'), '--no-diagnosis'],
    {
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  const ended = new Promise<number | null>((resolve) => run.once('exit', resolve));
  let told = '';
  const enginePid = await new Promise<number>((resolve, reject) => {
    run.stderr.on('data', (bytes: Buffer) => {
      told += bytes.toString();
      const [, pid] = /\(pid (\d+)\) serves at/.exec(told) ?? [];
      if (pid !== undefined) resolve(Number(pid));
    });
    void ended.then((status) =>
      reject(new Error(`Expected an engine but the run ended with ${status}: ${told}`)),
    );
  });
  return { run, enginePid, ended };
}

/** Gone, or a zombie that no init takes away. */
async function lives(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  return !(existsSync(`/proc/${pid}`) && /^State:\tZ/m.test(await readFile(`/proc/${pid}/status`, 'utf8')));
}

describe.skipIf(process.platform === 'win32')('an engine that a run started ends with it', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGKILL'] as const)('on %s', async (signal) => {
    const { run, enginePid, ended } = await startRun();
    expect(await lives(enginePid)).toBe(true);
    run.kill(signal);
    await ended;
    await expect.poll(() => lives(enginePid), { timeout: 60_000 }).toBe(false);
  });

  it('on SIGKILL to its whole process group', async () => {
    const { run, enginePid, ended } = await startRun();
    process.kill(-(run.pid ?? 0), 'SIGKILL');
    await ended;
    await expect.poll(() => lives(enginePid), { timeout: 60_000 }).toBe(false);
  });
});
