import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { FluidscopeProcess, startSim } from './fluidscope-process.js';

const LOADS = [60, 70, 80, 90];

/** What is kept of each finished run, by its name. */
async function keptIn(folder: string): Promise<Map<string, string>> {
  const all = await readdir(folder, { recursive: true }).catch(() => []);
  const names = all.filter((name) => /\d+\.json$/.test(name)).sort();
  return new Map(
    await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name), 'utf8')] as const)),
  );
}

/** Waits until a file whose name matches is there. */
async function appears(folder: string, pattern: RegExp): Promise<string> {
  for (;;) {
    const names = await readdir(folder, { recursive: true }).catch(() => []);
    const found = names.find((name) => pattern.test(name));
    if (found !== undefined) return join(folder, found);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

it('goes on after being killed in its first run, in a later one and while it keeps one, and runs no point twice', async () => {
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
  for (const during of [/unfinished\.duckdb$/, /0001\.json$/]) {
    const child = new FluidscopeProcess([...args, ...sweep]);
    await appears(folder, during);
    child.kill('SIGKILL');
    await child.finished;
  }
  const kept = await keptIn(folder);
  expect(kept.size).toBeGreaterThan(0);
  // As a kill leaves it after a run's trace was renamed into place and before what is said of it was.
  const first = await appears(folder, /0001\.duckdb$/);
  const next = String(kept.size + 1).padStart(4, '0');
  await copyFile(first, join(dirname(first), `${next}.duckdb`));
  await writeFile(join(dirname(first), 'unfinished.json'), '{"trace"');
  const { status, stdout, stderr } = await new FluidscopeProcess([...args, ...sweep]).finished;
  expect({ status, stderr }).toMatchObject({ status: 0 });
  const { points, new_runs_count } = JSON.parse(stdout) as {
    points: { load: number }[];
    new_runs_count: number;
  };
  expect(points.map(({ load }) => load)).toEqual(LOADS);
  expect(new_runs_count).toBe(LOADS.length - kept.size);
  const now = await keptIn(folder);
  for (const [name, text] of kept) expect(now.get(name)).toBe(text);
  const seeds = [...(await keptIn(folder)).values()].map(
    (text) => (JSON.parse(text) as { seed_index: number }).seed_index,
  );
  expect(seeds).toEqual([1, 2, 3, 4]);
  await rm(folder, { recursive: true });
});
