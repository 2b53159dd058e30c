import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fluidscope } from './fluidscope-process.js';

const PROGRAM = fileURLToPath(new URL('../../apps/cli/bin/fluidscope.js', import.meta.url));

/** Two engines whose tokens come on a schedule, whatever the load: one always in time, the other never. */
const MATRIX = `
engines:
  - { name: quick, launch: sim, args: "--profile fixed --ttft 20ms --tbt 4ms" }
  - { name: slow, launch: sim, args: "--profile fixed --ttft 20ms --tbt 350ms" }
models: [sim-model]
workloads:
  - { name: short, isl: 16, osl: 3, ignore-eos: true, ttft-deadline: 300ms }
slos:
  - { name: fluid, slo: "fluidity>=0.9@90%" }
  - { name: any, slo: "p90_e2e<=20s" }
search: { by: concurrency, max-load: 2, point-requests: 20 }
`;

let folder: string;
let file: string;
let output: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fluidscope-e2e-matrix-'));
  [file, output] = [join(folder, 'm.yaml'), join(folder, 'out')];
  await writeFile(file, MATRIX);
});
afterAll(() => rm(folder, { recursive: true }));

/** Kills the command with SIGKILL once it says `pattern` on stderr. */
async function killedWhen(pattern: RegExp): Promise<string> {
  const run = spawn(process.execPath, [PROGRAM, 'matrix', file, '-o', output], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let told = '';
  run.stderr.on('data', (bytes: Buffer) => {
    told += bytes.toString();
    if (pattern.test(told)) run.kill('SIGKILL');
  });
  await new Promise((resolve) => run.once('close', resolve));
  return told;
}

it('goes on after a kill, answers every cell once, and leaves no engine', async () => {
  const first = await killedWhen(/\[2\/4\]/);
  const whole = await fluidscope('matrix', file, '-o', output, '--json');
  expect(whole.status, whole.stderr).toBe(0);
  expect(first).toContain('quick / sim-model / short / fluid: above 2 requests in flight');
  // The first cell was answered before the kill.
  expect(whole.stderr).toContain('[1/3] quick / sim-model / short / any');
  expect(JSON.parse(whole.stdout)).toMatchObject({
    cells: [
      { engine: 'quick', slo: 'fluid', status: 'answered', answer: { kind: 'above', limit: 2 } },
      { engine: 'quick', slo: 'any', answer: { kind: 'above', limit: 2 } },
      { engine: 'slow', slo: 'fluid', answer: { kind: 'below', limit: 1 } },
      { engine: 'slow', slo: 'any', answer: { kind: 'above', limit: 2 } },
    ],
  });
  expect((await readdir(output)).toSorted()).toEqual([
    'logs',
    'matrix.html',
    'matrix.json',
    'matrix.md',
    'points',
  ]);
  expect(await readFile(join(output, 'matrix.html'), 'utf8')).toContain('<title>slow: below 1</title>');
  const pids = `${first}${whole.stderr}`.matchAll(/\(pid (\d+)\) serves/g);
  for (const [, pid] of pids) expect(() => process.kill(Number(pid), 0)).toThrow('ESRCH');

  const again = await fluidscope('matrix', file, '-o', output);
  expect(again.stdout).toMatch(/quick +above 2 +above 2\nslow +below 1 +above 2/);
  expect(again.stderr).not.toContain('serves');
});
