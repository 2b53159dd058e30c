// @ts-check
/** `npm run bench`: see README.md beside this file. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { findBenchFiles, loadBenchFile } from './bench-file.js';
import { runCommand, runContender, whyNotRun } from './contender.js';
import { describeCommit, describeMachine } from './machine.js';
import { number, tableOf } from './print.js';
import { judgeAims, summarise } from './summary.js';

/** @typedef {import('./bench-file.js').BenchFile} BenchFile */

const DEFAULT_REPEATS_COUNT = 5;
const DEFAULT_TIMEOUT_S = 600;

const { values: flags, positionals: filters } = parseArgs({
  allowPositionals: true,
  options: {
    repeats: { type: 'string' },
    list: { type: 'boolean', default: false },
    contender: { type: 'string', multiple: true },
    // Another workspace's folder: the tests of this runner have one of their own.
    root: { type: 'string', default: fileURLToPath(new URL('../..', import.meta.url)) },
  },
});
process.once('SIGINT', () => process.exit(130));
process.exitCode = await main(flags.root);

/** @param {string} root @returns {Promise<number>} the exit status */
async function main(root) {
  if (flags.repeats !== undefined && !/^[1-9]\d*$/.test(flags.repeats)) {
    console.error(`Expected a whole number above 0 for --repeats but received "${flags.repeats}"`);
    return 2;
  }
  const loaded = await Promise.all(findBenchFiles(root).map((file) => loadBenchFile(root, file)));
  const chosen = loaded.filter(
    ({ bench, file }) =>
      filters.length === 0 || filters.some((text) => bench.name.includes(text) || file.includes(text)),
  );
  if (chosen.length === 0) {
    console.error(
      `No bench matches ${filters.join(' ')}; there are: ${loaded.map(({ bench }) => bench.name).join(', ')}`,
    );
    return 2;
  }
  if (flags.list) {
    for (const { bench, file } of chosen)
      console.log(`${bench.name}  ${file}  ${bench.about ?? ''}`.trimEnd());
    return 0;
  }
  const results = [];
  for (const benchFile of chosen) results.push(await runBench(benchFile));
  console.log(`\nWritten to ${writeResults(root, results)}`);
  return results.some(({ failures }) => failures.length > 0) ? 1 : 0;
}

/** @param {BenchFile} benchFile */
async function runBench({ bench, file, folder }) {
  const benchDir = mkdtempSync(join(tmpdir(), 'fluidscope-bench-'));
  const removeBenchDir = () => rmSync(benchDir, { recursive: true, force: true });
  process.once('exit', removeBenchDir);
  const surroundings = { cwd: folder, benchDir, timeoutS: bench.timeoutS ?? DEFAULT_TIMEOUT_S };
  console.log(`\n${bench.name}${bench.about === undefined ? '' : `: ${bench.about}`}`);
  const failure =
    bench.prepare === undefined ? undefined : (await runCommand(bench.prepare, surroundings)).error;
  const measured =
    failure === undefined
      ? await runRounds(bench, surroundings)
      : {
          outcomes: [],
          notRun: new Map(),
          failures: [{ contender: 'prepare', round: 0, error: failure }],
        };
  removeBenchDir();
  process.off('exit', removeBenchDir);
  return report({ bench, file, ...measured });
}

/**
 * Rounds of A B C, so that a slow minute of the machine hits all contenders.
 *
 * @param {import('./bench-file.js').Bench} bench
 * @param {import('./contender.js').Surroundings} surroundings
 */
async function runRounds(bench, surroundings) {
  const repeatsCount = Number(flags.repeats ?? bench.repeats ?? DEFAULT_REPEATS_COUNT);
  const notRun = new Map(
    bench.contenders.flatMap((contender) => {
      const asked = flags.contender?.includes(contender.name) ?? true;
      const reason = asked ? whyNotRun(contender) : 'not asked for';
      return reason === undefined ? [] : [[contender.name, reason]];
    }),
  );
  const outcomes = [];
  const failures = [];
  for (let round = 1; round <= repeatsCount; round += 1) {
    for (const { name, command } of bench.contenders) {
      if (notRun.has(name)) continue;
      process.stderr.write(`  round ${round} of ${repeatsCount}: ${name}\n`);
      const run = await runContender(command, surroundings);
      if ('figures' in run) outcomes.push({ contender: name, round, figures: run.figures });
      else {
        failures.push({ contender: name, round, error: run.error });
        notRun.set(name, `failed in round ${round}`);
      }
    }
  }
  return { outcomes, notRun, failures };
}

/**
 * Prints one bench and returns what is stored of it.
 *
 * @param {{ bench: import('./bench-file.js').Bench; file: string; outcomes: import('./summary.js').Outcome[]; notRun: Map<string, string>; failures: { contender: string; round: number; error: string }[] }} measured
 */
function report({ bench, file, outcomes, notRun, failures }) {
  const rows = summarise(bench, outcomes);
  const aims = judgeAims(bench, outcomes);
  console.log(tableOf(rows, notRun).join('\n'));
  for (const { contender, figure, ratioTo, atLeast, atMost, reached, met } of aims) {
    const bound = atLeast === undefined ? `at most ${atMost}` : `at least ${atLeast}`;
    const verdict = met === undefined ? 'not measured' : met ? 'met' : 'not met';
    const what = `${contender}: ${figure}${ratioTo === undefined ? '' : ` x ${ratioTo}`} ${bound}`;
    console.log(`aim ${verdict}: ${what}${reached === undefined ? '' : `, reached ${number(reached)}`}`);
  }
  for (const { contender, round, error } of failures) {
    console.error(`FAILED ${contender} in round ${round}: ${error.replaceAll('\n', '\n  ')}`);
  }
  const summary = rows.map(({ figure, ...row }) => ({ figure: figure.key, unit: figure.unit, ...row }));
  return {
    name: bench.name,
    file,
    summary,
    aims,
    notRun: Object.fromEntries(notRun),
    failures,
    runs: outcomes,
  };
}

/** @param {string} root @param {readonly unknown[]} benches @returns {string} the file, relative to `root` */
function writeResults(root, benches) {
  const date = new Date().toISOString();
  const { commit, dirty } = describeCommit(root);
  const command = [
    'npm run bench',
    ...(process.argv.length > 2 ? ['--', ...process.argv.slice(2)] : []),
  ].join(' ');
  const path = join('bench-results', `${date.slice(0, 19).replaceAll(':', '')}-${commit}.json`);
  mkdirSync(join(root, 'bench-results'), { recursive: true });
  const results = { date, commit, dirty, command, machine: describeMachine(), benches };
  writeFileSync(join(root, path), `${JSON.stringify(results, null, 2)}\n`);
  return path;
}
