// @ts-check
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';

/** @typedef {{ name: string; command: readonly string[]; requires?: string | readonly string[] }} Contender */
/** @typedef {{ key: string; unit: string; better: 'lower' | 'higher'; ratioTo?: string }} Figure */
/** @typedef {{ contender: string; figure: string; ratioTo?: string; atLeast?: number; atMost?: number }} Aim */

/**
 * @typedef {object} Bench what README.md beside this file describes
 * @property {string} name
 * @property {string} [about]
 * @property {readonly string[]} [prepare]
 * @property {readonly Contender[]} contenders
 * @property {readonly Figure[]} figures
 * @property {readonly Aim[]} [aims]
 * @property {number} [repeats]
 * @property {number} [timeoutS]
 */

/** @typedef {{ readonly bench: Bench; readonly file: string; readonly folder: string }} BenchFile */

const PLACES = ['packages/*/bench', 'native/*/bench', 'apps/*/bench', 'test/perf'];

/** Every `*.bench.mjs` of the workspace, relative to `root`, sorted. @param {string} root */
export function findBenchFiles(root) {
  return PLACES.flatMap((place) => foldersOf(root, place.split('/')))
    .flatMap((folder) => readdirSync(folder).map((entry) => join(folder, entry)))
    .filter((path) => path.endsWith('.bench.mjs'))
    .map((path) => relative(root, path))
    .sort();
}

/** @param {string} base @param {readonly string[]} segments @returns {readonly string[]} */
function foldersOf(base, [segment, ...rest]) {
  if (segment === undefined) return existsSync(base) ? [base] : [];
  if (segment !== '*') return foldersOf(join(base, segment), rest);
  if (!existsSync(base)) return [];
  const entries = readdirSync(base, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return entries.flatMap((entry) => foldersOf(join(base, entry.name), rest));
}

/**
 * Imports one bench file; throws with every problem of its description at once.
 *
 * @param {string} root
 * @param {string} file relative to `root`
 * @returns {Promise<BenchFile>}
 */
export async function loadBenchFile(root, file) {
  const path = join(root, file);
  const { default: bench } = await import(pathToFileURL(path).href);
  const problems = benchProblems(bench);
  if (problems.length > 0) throw new Error(`${file} is no bench file:\n  ${problems.join('\n  ')}`);
  return { bench, file, folder: dirname(path) };
}

/** @param {any} bench @returns {readonly string[]} */
export function benchProblems(bench) {
  if (typeof bench !== 'object' || bench === null) return ['Expected an object as its default export'];
  const contenders = list(bench.contenders);
  const figures = list(bench.figures);
  const names = contenders.map(({ name }) => name);
  const keys = figures.map(({ key }) => key);
  const aims = list(bench.aims);
  const unknownContenders = [...figures, ...aims]
    .flatMap(({ contender, ratioTo }) => [contender, ratioTo])
    .filter((name) => name !== undefined && !names.includes(name));
  return [
    ...(typeof bench.name === 'string' ? [] : ['Expected a text for name']),
    ...(contenders.length > 0 ? [] : ['Expected at least one of contenders']),
    ...(figures.length > 0 ? [] : ['Expected at least one of figures']),
    ...contenders
      .filter(({ name, command }) => typeof name !== 'string' || !isCommand(command))
      .map(
        (contender) =>
          `Expected a name and a command (a list of texts) but received ${JSON.stringify(contender)}`,
      ),
    ...figures
      .filter(
        ({ key, unit, better }) =>
          [typeof key, typeof unit].some((type) => type !== 'string') || !/^(lower|higher)$/.test(better),
      )
      .map(
        (figure) =>
          `Expected key, unit and better ("lower" or "higher") but received ${JSON.stringify(figure)}`,
      ),
    ...(bench.prepare === undefined || isCommand(bench.prepare)
      ? []
      : ['Expected a list of texts for prepare']),
    ...unknownContenders.map(
      (name) => `Expected one of ${names.join(', ')} but received the contender "${name}"`,
    ),
    ...aims
      .filter(({ figure }) => !keys.includes(figure))
      .map(({ figure }) => `Expected one of ${keys.join(', ')} but received the figure "${figure}" in aims`),
    ...aims
      .filter(({ atLeast, atMost }) => (typeof atLeast === 'number') === (typeof atMost === 'number'))
      .map((aim) => `Expected either atLeast or atMost but received ${JSON.stringify(aim)}`),
  ];
}

/** @param {unknown} value @returns {any[]} */
function list(value) {
  return Array.isArray(value) ? value : [];
}

/** @param {unknown} value */
function isCommand(value) {
  return Array.isArray(value) && value.length > 0 && value.every((part) => typeof part === 'string');
}
