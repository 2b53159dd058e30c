import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { FluidscopeProcess, startSim } from './fluidscope-process.js';

const LOADS = [20, 24, 28, 32];

/** What is kept of each finished run, by its name. */
async function keptIn(folder: string): Promise<Map<string, string>> {
  const all = await readdir(folder, { recursive: true }).catch(() => []);
  const names = all.filter((name) => /\d+\.json$/.test(name)).sort();
  return new Map(
    await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name), 'utf8')] as const)),
  );
}

it('goes on after being killed at any point, and runs no point twice', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'capacity-killed-'));
  await using sim = await startSim('--max-num-seqs', '4');
  const args = [
    'capacity',
    '-u',
    sim.url,
    '-m',
    sim.model,
    '-o',
    folder,
    '--isl',
    '16',
    '--osl',
    '4',
    '--ignore-eos',
  ];
  const sweep = ['--sweep', LOADS.join(','), '--point-requests', '20', '--slo', 'p50_ttft<=1s', '--json'];
  let kept = new Map<string, string>();
  for (const killAfterMs of [600, 1_700, 2_600]) {
    const child = new FluidscopeProcess([...args, ...sweep]);
    const timer = setTimeout(() => child.kill('SIGKILL'), killAfterMs);
    await child.finished;
    clearTimeout(timer);
    const now = await keptIn(folder);
    for (const [name, text] of kept) expect(now.get(name)).toBe(text);
    kept = now;
  }
  const { status, stdout, stderr } = await new FluidscopeProcess([...args, ...sweep]).finished;
  expect({ status, stderr }).toMatchObject({ status: 0 });
  const { points, new_runs_count } = JSON.parse(stdout) as {
    points: { load: number }[];
    new_runs_count: number;
  };
  expect(points.map(({ load }) => load)).toEqual(LOADS);
  expect(new_runs_count).toBe(LOADS.length - kept.size);
  const seeds = [...(await keptIn(folder)).values()].map(
    (text) => (JSON.parse(text) as { seed_index: number }).seed_index,
  );
  expect(seeds).toEqual([1, 2, 3, 4]);
  await rm(folder, { recursive: true });
});
