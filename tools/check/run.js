// @ts-check
/**
 * `npm run check`: every gate, all problems at once, one line for each gate at the end.
 * `npm run check -- lint links` runs some of them.
 */
import { spawn } from 'node:child_process';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { dependencyProblems } from './dependencies.js';
import { documentProblems, linkProblems } from './documents.js';
import { hygieneProblems } from './hygiene.js';
import { toolPath } from './workspace.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** @typedef {{ readonly name: string; readonly what: string; readonly find: () => Promise<readonly string[]> }} Gate */

/** What the others read: lint takes the table of units from the built package. @type {Gate} */
const BUILD = {
  name: 'build',
  what: 'every package by its own tsconfig',
  find: command('nx', 'run-many', '-t', 'build', '--outputStyle=static'),
};

/** @type {readonly Gate[]} */
const GATES = [
  { name: 'types', what: 'tsc over tests, benches, tools and sources', find: command('tsc', '-p', '.') },
  // No cache: what a file's types are depends on other files, and a stale pass is worse than a slow one.
  { name: 'lint', what: 'eslint', find: command('eslint', '.', '--max-warnings', '0') },
  {
    name: 'format',
    what: 'prettier',
    find: command('prettier', '--check', '--log-level', 'warn', '--cache', '.'),
  },
  { name: 'dependencies', what: 'versions, duplicates, layers', find: async () => dependencyProblems(root) },
  { name: 'links', what: 'links and anchors in Markdown', find: async () => linkProblems(root) },
  { name: 'documents', what: 'READMEs and ARCHITECTURE.md', find: async () => documentProblems(root) },
  { name: 'hygiene', what: 'paths, hosts and unfinished marks', find: async () => hygieneProblems(root) },
];

process.exitCode = await main(process.argv.slice(2));

/** @param {readonly string[]} names @returns {Promise<number>} the exit status */
async function main(names) {
  const known = [BUILD, ...GATES].map(({ name }) => name);
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    console.error(`Expected gates among ${known.join(' ')} but received ${unknown.join(' ')}`);
    return 2;
  }
  const isChosen = (/** @type {Gate} */ { name }) => names.length === 0 || names.includes(name);
  const builds = isChosen(BUILD) || names.includes('lint');
  const results = [
    ...(builds ? [await run(BUILD)] : []),
    ...(await Promise.all(GATES.filter(isChosen).map(run))),
  ];
  for (const { gate, problems } of results) {
    if (problems.length === 0) continue;
    console.log(
      `${gate.name}:\n${problems.map((problem) => `  ${problem.replaceAll('\n', '\n  ')}`).join('\n')}\n`,
    );
  }
  for (const { gate, problems, tookS } of results) {
    const verdict = problems.length === 0 ? 'ok    ' : 'FAILED';
    console.log(`${verdict} ${gate.name.padEnd(12)} ${gate.what} (${tookS.toFixed(1)} s)`);
  }
  return results.every(({ problems }) => problems.length === 0) ? 0 : 1;
}

/** @param {Gate} gate */
async function run(gate) {
  const startedMs = performance.now();
  const problems = await gate.find().catch((thrown) => [`the gate itself failed: ${thrown}`]);
  return { gate, problems, tookS: (performance.now() - startedMs) / 1000 };
}

/** A gate that is a tool's command line: what it wrote is the problem when it exits with anything but 0. */
function command(/** @type {string} */ program, /** @type {string[]} */ ...args) {
  /** @returns {Promise<readonly string[]>} */
  return () =>
    new Promise((resolve, reject) => {
      const child = spawn(toolPath(program), args, {
        cwd: root,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let output = '';
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding('utf8').on('data', (/** @type {string} */ text) => (output += text));
      }
      child.on('error', reject);
      child.on('close', (status) =>
        resolve(status === 0 ? [] : [output.trim() || `${program} exited with ${status}`]),
      );
    });
}
