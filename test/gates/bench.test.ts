import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { benchProblems } from '../../tools/bench/bench-file.js';
import { ratioSpread, spreadOf } from '../../tools/bench/summary.js';
import { temporaryWorkspace } from './temporary-workspace.js';

const runner = fileURLToPath(new URL('../../tools/bench/run.js', import.meta.url));

/** A contender that appends its name to the bench's log and prints what is given. */
const contender = (line: string) =>
  `import { appendFileSync } from 'node:fs';
   appendFileSync(process.env.BENCH_DIR + '/log', process.argv[2]);
   console.log('warming up');
   console.log(${line});`;

const BENCH = {
  name: 'race',
  prepare: ['node', 'prepare.mjs'],
  repeats: 2,
  contenders: [
    { name: 'ours', command: ['node', 'ours.mjs', 'A'] },
    { name: 'theirs', command: ['node', 'theirs.mjs', 'B'] },
    { name: 'absent', command: ['none'], requires: 'no-such-program' },
  ],
  figures: [{ key: 'took_ms', unit: 'ms', better: 'lower', ratioTo: 'theirs' }],
  aims: [
    { contender: 'ours', figure: 'took_ms', ratioTo: 'theirs', atLeast: 2 },
    { contender: 'ours', figure: 'took_ms', atMost: 9 },
  ],
};

interface Results {
  readonly machine: unknown;
  readonly benches: readonly { readonly runs: readonly { readonly figures: Record<string, unknown> }[] }[];
}

function runBench(files: Readonly<Record<string, string>>, ...args: string[]) {
  using workspace = temporaryWorkspace({
    'packages/p/bench/race.bench.mjs': `export default ${JSON.stringify(BENCH)};`,
    'packages/p/bench/prepare.mjs':
      "import { writeFileSync } from 'node:fs'; writeFileSync(process.env.BENCH_DIR + '/log', '');",
    'packages/p/bench/ours.mjs': contender('JSON.stringify({ took_ms: 10 })'),
    'packages/p/bench/theirs.mjs': contender(
      "JSON.stringify({ took_ms: 40, order: (await import('node:fs')).readFileSync(process.env.BENCH_DIR + '/log', 'utf8') })",
    ),
    ...files,
  });
  const run = spawnSync(process.execPath, [runner, '--root', workspace.root, ...args], { encoding: 'utf8' });
  const folder = join(workspace.root, 'bench-results');
  const [file] = run.status === 2 ? [] : readdirSync(folder);
  const results =
    file === undefined ? undefined : (JSON.parse(readFileSync(join(folder, file), 'utf8')) as Results);
  return { ...run, results };
}

describe('the runner', () => {
  it('runs contenders in alternation, each in a process of its own, and stores what it saw', () => {
    const { status, stdout, results } = runBench({});
    expect(status).toBe(0);
    expect(stdout).toMatch(/took_ms \(ms, lower is better\) +ours +10 +10 … 10 +4 x theirs \(4 … 4\)/);
    expect(stdout).toMatch(/absent +not run: no-such-program not found/);
    expect(stdout).toContain('aim met: ours: took_ms x theirs at least 2, reached 4');
    expect(stdout).toContain('aim not met: ours: took_ms at most 9, reached 10');
    expect(results?.machine).toMatchObject({ node: process.version, cores: expect.any(Number) });
    expect(results?.benches[0]?.runs.map(({ figures }) => figures['order'])).toEqual([
      undefined,
      'AB',
      undefined,
      'ABAB',
    ]);
  });

  it.each([
    [
      'exits with non-zero',
      "console.error('wrong answer'); process.exit(3)",
      'exited with 3\n  wrong answer',
    ],
    [
      'prints no object last',
      "console.log('{}'); console.log('done')",
      'as the last line but received "done"',
    ],
  ])('fails when a contender %s, and still runs the others', (_, code, problem) => {
    const { status, stdout, stderr } = runBench({ 'packages/p/bench/ours.mjs': code });
    expect(status).toBe(1);
    expect(stderr).toContain(`FAILED ours in round 1: `);
    expect(stderr).toContain(problem);
    expect(stdout).toMatch(/theirs +40/);
  });

  it('ends a contender at its time limit', () => {
    const bench = {
      ...BENCH,
      timeoutS: 0.5,
      contenders: [{ name: 'theirs', command: ['node', 'hang.mjs'] }],
      aims: [],
    };
    const { status, stderr } = runBench({
      'packages/p/bench/race.bench.mjs': `export default ${JSON.stringify(bench)};`,
      'packages/p/bench/hang.mjs': 'setInterval(() => {}, 1000);',
    });
    expect(status).toBe(1);
    expect(stderr).toContain('its limit is 0.5 s');
  });

  it('says which benches there are when none matches', () => {
    expect(runBench({}, 'nothing')).toMatchObject({
      status: 2,
      stderr: 'No bench matches nothing; there are: race\n',
    });
  });

  it('refuses a number of repeats that is none', () => {
    expect(runBench({}, '--repeats', 'many').stderr).toContain(
      'Expected a whole number above 0 for --repeats',
    );
  });
});

describe('a bench file', () => {
  it('is refused with every problem at once', () => {
    const bench = {
      contenders: [{ name: 'a', command: 'node a.mjs' }],
      figures: [{ key: 'x', unit: 's', better: 'faster', ratioTo: 'b' }],
      aims: [{ contender: 'a', figure: 'y' }],
    };
    expect(benchProblems(bench)).toEqual([
      expect.stringContaining('a text for name'),
      expect.stringContaining('a command (a list of texts)'),
      expect.stringContaining('"lower" or "higher"'),
      expect.stringContaining('the contender "b"'),
      expect.stringContaining('the figure "y"'),
      expect.stringContaining('either atLeast or atMost'),
    ]);
    expect(benchProblems(BENCH)).toEqual([]);
  });
});

describe('a spread', () => {
  it.each([
    [[], undefined],
    [[3], { median: 3, min: 3, max: 3, runsCount: 1 }],
    [[4, 1, 10, 3], { median: 3.5, min: 1, max: 10, runsCount: 4 }],
  ])('of %j', (values, expected) => {
    expect(spreadOf(values)).toEqual(expected);
  });

  it('pairs ratios by round and turns them so that above 1 is better', () => {
    const outcome = (name: string, round: number, x: number) => ({ contender: name, round, figures: { x } });
    const outcomes = [
      outcome('a', 1, 10),
      outcome('b', 1, 20),
      outcome('a', 2, 10),
      outcome('b', 2, 5),
      outcome('a', 3, 1),
    ];
    const figure = { key: 'x', unit: 's', better: 'lower' as const };
    expect(ratioSpread(outcomes, 'a', 'b', figure)).toEqual({ median: 1.25, min: 0.5, max: 2, runsCount: 2 });
    expect(ratioSpread(outcomes, 'a', 'b', { ...figure, better: 'higher' })).toMatchObject({
      min: 0.5,
      max: 2,
    });
  });
});
