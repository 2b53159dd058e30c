import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readEngineTemplate } from './engine-templates.js';
import { launchEngine } from './launch-engine.js';
import type { RunningEngine } from './running-engine.js';
import { environment, HEALTHY, launchOf, scripted, stubbornChild } from './testing/engine-scripts.js';

let folder: string;
let logPath: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fluidscope-launch-'));
  logPath = join(folder, 'engine.log');
});
afterEach(() => rm(folder, { recursive: true }));

/** Those that the log names with `pid N`, which must be `count`. */
async function pidsInLog(count: number): Promise<readonly number[]> {
  for (;;) {
    const pids = [...(await readFile(logPath, 'utf8')).matchAll(/^pid (\d+)$/gm)].map(([, pid]) =>
      Number(pid),
    );
    if (pids.length >= count) return pids;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  // Ended, and nobody has asked how: where no init does, it stays in the table.
  return process.platform !== 'linux' || !/^State:\tZ/m.test(statusOf(pid));
}

function statusOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'latin1');
  } catch {
    return 'State:\tZ';
  }
}

function failureOf(launching: Promise<RunningEngine>): Promise<Error> {
  return launching.then(
    () => new Error('Expected the launch to fail but it did not'),
    (thrown: unknown) => thrown as Error,
  );
}

describe('an engine that serves', () => {
  it('is healthy when the launch resolves; stopped, it leaves its log and nothing else', async () => {
    const engine = await launchEngine(launchOf({ template: scripted(HEALTHY), logPath }));
    expect((await fetch(`${engine.url}/health`)).status).toBe(200);
    expect(engine.facts.url).toBe(`http://127.0.0.1:${engine.facts.port}`);
    expect(await engine.stop()).toEqual({ killed: false, remainingPids: [], portFree: true });
    expect(await engine.stop()).toMatchObject({ remainingPids: [] });
    expect(engine.failure).toBeUndefined();
    expect(lives(engine.pid)).toBe(false);
    expect(await readFile(logPath, 'utf8')).toContain('listening soon');
  });

  it('is asked the next path where it does not know the first, and again while it loads', async () => {
    const loading = `
      let asked = 0;
      require('node:http').createServer((request, response) => {
        response.statusCode = request.url !== '/v1/models' ? 404 : (asked += 1) < 3 ? 503 : 200;
        response.end();
      }).listen(Number(process.argv[1]), '127.0.0.1');`;
    const engine = await launchEngine(launchOf({ template: scripted(loading), logPath }));
    expect((await fetch(`${engine.url}/v1/models`)).status).toBe(200);
    await engine.stop();
  });

  it('has the variables that it was given', async () => {
    const env = { ...environment(), CUDA_VISIBLE_DEVICES: '2,3' };
    const engine = await launchEngine(launchOf({ template: scripted(HEALTHY), logPath, env }));
    const seen = (await (await fetch(`${engine.url}/`)).json()) as Record<string, string>;
    expect(seen).toMatchObject({ CUDA_VISIBLE_DEVICES: '2,3' });
    expect(seen).not.toHaveProperty('NODE_CHANNEL_FD');
    await engine.stop();
  });

  it('is stopped with workers that ignore SIGTERM, in its group and (on Linux) out of it', async () => {
    const detached = process.platform === 'linux';
    const script = stubbornChild(false) + stubbornChild(detached) + HEALTHY;
    const engine = await launchEngine(launchOf({ template: scripted(script), logPath, graceMs: 300 }));
    const pids = await pidsInLog(2);
    expect(pids.map(lives)).toEqual([true, true]);
    expect(await engine.stop()).toEqual({ killed: true, remainingPids: [], portFree: true });
    expect(pids.map(lives)).toEqual([false, false]);
  });

  it('may write more than anybody wants to hold', async () => {
    const spam = `const line = 'x'.repeat(999) + '\\n';
      for (let i = 0; i < 20000; i += 1) require('node:fs').writeSync(1, line);`;
    const engine = await launchEngine(launchOf({ template: scripted(spam + HEALTHY), logPath }));
    await engine.stop();
    expect((await readFile(logPath)).length).toBeGreaterThan(20_000_000);
  });
});

describe('an engine that fails', () => {
  it('by ending early is noticed at once, with its status and last words', async () => {
    const script = `console.log('\\u001b[31mloading\\u001b[0m 1 %\\rloading 99 %');
      console.error('no such model'); process.exitCode = 3;`;
    const error = await failureOf(
      launchEngine(launchOf({ template: scripted(script), logPath, startLimitMs: 3_600_000 })),
    );
    expect(error.message).toContain('it exited with status 3');
    expect(error.message).toContain(`${logPath}):\n  | loading 99 %\n  | no such model`);
  });

  it('by a signal says which, and what SIGKILL often means', async () => {
    const script = `process.kill(process.pid, 'SIGKILL'); setInterval(() => {}, 1000);`;
    const error = await failureOf(launchEngine(launchOf({ template: scripted(script), logPath })));
    expect(error.message).toContain('SIGKILL ended it');
    expect(error).toMatchObject({ hint: expect.stringMatching(/memory/) });
  });

  it('for want of GPU memory is told so', async () => {
    const script = `console.error('torch.OutOfMemoryError: CUDA out of memory. Tried to allocate'); process.exitCode = 1;`;
    const error = await failureOf(launchEngine(launchOf({ template: scripted(script), logPath })));
    expect(error).toMatchObject({ hint: expect.stringContaining('nvidia-smi') });
  });

  it('to become healthy is stopped when its time is up, with what was met', async () => {
    const script = `console.log('pid ' + process.pid);
      require('node:http').createServer((_, response) => { response.statusCode = 503; response.end(); })
        .listen(Number(process.argv[1]), '127.0.0.1');`;
    const error = await failureOf(
      launchEngine(launchOf({ template: scripted(script), logPath, startLimitMs: 6_000 })),
    );
    expect(error.message).toMatch(/not healthy within 6 s \(\/health answered HTTP 503|ECONNREFUSED/);
    expect((await pidsInLog(1)).map(lives)).toEqual([false]);
  });

  it('takes the workers along that it left behind', async () => {
    const script = `${stubbornChild(false)}
      const told = () => require('node:fs').readFileSync(process.argv[2], 'utf8').includes('pid ');
      setInterval(() => { if (told()) process.exit(9); }, 20);`;
    const error = await failureOf(
      launchEngine(launchOf({ template: scripted(script, logPath), logPath, graceMs: 200 })),
    );
    expect(error.message).toContain('status 9');
    expect((await pidsInLog(1)).map(lives)).toEqual([false]);
  });

  it('while it is in use aborts `died` with the reason', async () => {
    const engine = await launchEngine(launchOf({ template: scripted(HEALTHY), logPath }));
    const died = new Promise((resolve) => engine.died.addEventListener('abort', resolve));
    process.kill(engine.pid, 'SIGSEGV');
    await died;
    expect(engine.failure?.message).toContain('SIGSEGV ended it while it was in use');
    await engine.stop();
  });

  it('because there is no such program', async () => {
    const template = readEngineTemplate('no-such-engine-anywhere --port {port}');
    if ('problem' in template) throw new Error(template.problem);
    const error = await failureOf(launchEngine(launchOf({ template, logPath })));
    expect(error.message).toContain('ENOENT');
    expect(error).toMatchObject({ hint: expect.stringContaining('PATH') });
  });

  it('shows no secret of its command or its variables', async () => {
    const script = `console.log(process.argv.slice(1).join(' '), process.env.HF_TOKEN); process.exitCode = 1;`;
    const template = scripted(script, '--', '--api-key', 'sk-very-secret', '--x_token=other-secret');
    const env = { ...environment(), HF_TOKEN: 'hf_third-secret' };
    const { message } = await failureOf(launchEngine(launchOf({ template, logPath, env })));
    expect(message).toContain('--api-key [redacted] --x_token=[redacted] [redacted]');
    expect(message).not.toMatch(/very-secret|other-secret|third-secret/);
  });
});

describe('a launch that is interrupted', () => {
  it('stops the engine', async () => {
    const script = `console.log('pid ' + process.pid); setInterval(() => {}, 1000);`;
    const interrupted = new AbortController();
    const failing = failureOf(
      launchEngine(launchOf({ template: scripted(script), logPath, signal: interrupted.signal })),
    );
    await new Promise((resolve) => setTimeout(resolve, 100));
    const pids = existsSync(logPath) ? await pidsInLog(1) : [];
    interrupted.abort();
    expect((await failing).message).toContain('interrupted');
    expect(pids.map(lives)).not.toContain(true);
  });
});

describe('ports', () => {
  it('a given one that is taken is refused before anything is started', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as { port: number };
    const error = await failureOf(launchEngine(launchOf({ template: scripted(HEALTHY), logPath, port })));
    expect(error.message).toContain(`port ${port}`);
    expect(existsSync(logPath)).toBe(false);
    other.close();
  });

  it('a free one that somebody takes first is exchanged for another', async () => {
    // The first time, somebody else (without the engine's variables) is on the port when the engine wants it.
    const thief = join(folder, 'thief.json');
    const server = `require('node:net').createServer().listen(Number(process.argv[1]), '127.0.0.1',
      () => require('node:fs').writeFileSync(process.argv[2], String(process.pid)));`;
    const script = `
      const { existsSync } = require('node:fs');
      const [, port, thief] = process.argv;
      if (existsSync(thief)) { ${HEALTHY} } else {
        require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(server)}, port, thief],
          { env: {}, detached: true, stdio: 'ignore' }).unref();
        setInterval(() => { if (existsSync(thief)) { console.log('address in use'); process.exit(1); } }, 20);
      }`;
    const engine = await launchEngine(launchOf({ template: scripted(script, thief), logPath }));
    expect((await fetch(`${engine.url}/health`)).status).toBe(200);
    await engine.stop();
    process.kill(Number(await readFile(thief, 'utf8')), 'SIGKILL');
  });
});

describe('values', () => {
  const EVIL = `x'; touch "$PWNED"; echo "\${PWNED} $(touch "$PWNED") \`touch "$PWNED"\``;

  it.each([
    ['words', false],
    ['a shell', true],
  ])('are never commands in %s', async (_, shell) => {
    const pwned = join(folder, 'pwned');
    const shown = join(folder, 'shown.txt');
    const write = 'require("node:fs").writeFileSync(process.argv[1], process.argv[2]); process.exitCode = 7';
    const template = readEngineTemplate(`'${process.execPath}' -e '${write}' "{shown}" "{model}"`, { shell });
    if ('problem' in template) throw new Error(template.problem);
    const env = { ...environment(), PWNED: pwned };
    const values = { model: EVIL, shown };
    const error = await failureOf(launchEngine(launchOf({ template, logPath, values, env })));
    expect(error.message).toContain('status 7');
    expect(await readFile(shown, 'utf8')).toBe(EVIL);
    expect(existsSync(pwned)).toBe(false);
  });
});

/** What runs a launch until something ends it; prints the pids as JSON. */
const RUN = `
  const { launchEngine } = await import(process.argv[2]);
  const engine = await launchEngine(JSON.parse(process.argv[3]));
  console.log(JSON.stringify({ engine: engine.pid }));
  process.on('SIGUSR2', () => { throw new Error('a defect'); });
  setInterval(() => {}, 1000);
`;

describe.skipIf(process.platform !== 'linux')('no orphan is left when', () => {
  const built = new URL('../dist/index.js', import.meta.url).href;

  async function startRun(): Promise<{ readonly run: ReturnType<typeof spawn>; pids: number[] }> {
    const script = stubbornChild(false) + stubbornChild(true) + HEALTHY;
    const launch = launchOf({ template: scripted(script), logPath, graceMs: 300 });
    await writeFile(join(folder, 'run.mjs'), RUN);
    const run = spawn(process.execPath, [join(folder, 'run.mjs'), built, JSON.stringify(launch)], {
      detached: true,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const line = await new Promise<string>((resolve, reject) => {
      run.stdout.once('data', (bytes: Buffer) => resolve(bytes.toString()));
      run.once('exit', (status) => reject(new Error(`Expected a launch but the run exited with ${status}`)));
    });
    const { engine } = JSON.parse(line) as { engine: number };
    return { run, pids: [engine, ...(await pidsInLog(2))] };
  }

  async function expectGone(pids: readonly number[]): Promise<void> {
    for (const pid of pids) await expect.poll(() => lives(pid), { timeout: 30_000 }).toBe(false);
  }

  it('SIGKILL ends the run', async () => {
    const { run, pids } = await startRun();
    run.kill('SIGKILL');
    await expectGone(pids);
  });

  it('SIGKILL ends the run’s whole process group', async () => {
    const { run, pids } = await startRun();
    process.kill(-(run.pid ?? 0), 'SIGKILL');
    await expectGone(pids);
  });

  it('an exception that nobody catches ends the run', async () => {
    const { run, pids } = await startRun();
    run.kill('SIGUSR2');
    await expectGone(pids);
  });

  it('SIGKILL ends the keeper: the run ends the engine itself', async () => {
    const script = stubbornChild(true) + HEALTHY;
    const engine = await launchEngine(launchOf({ template: scripted(script), logPath, graceMs: 300 }));
    const pids = [engine.pid, ...(await pidsInLog(1))];
    const [, keeperPid] = /^PPid:\t(\d+)$/m.exec(statusOf(engine.pid)) ?? [];
    process.kill(Number(keeperPid), 'SIGKILL');
    await expectGone(pids);
    await expect.poll(() => engine.failure?.message, { timeout: 30_000 }).toContain('watches it');
    await engine.stop();
  });
});
