// @ts-check
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { LAYERS } from '../eslint/layers.js';
import { filesOf, packagesOf, toolPath } from './workspace.js';

/** By its path: a checked folder need not have the plugin installed. */
const validateLinks = createRequire(import.meta.url).resolve('remark-validate-links');

/**
 * What is wrong with the documents: links and anchors that lead nowhere, a package without its README or without what it
 * is not meant to do, an ARCHITECTURE.md that names other packages or layers than there are.
 *
 * @param {string} root
 * @returns {readonly string[]}
 */
export function documentProblems(root) {
  const packages = packagesOf(root);
  return [
    ...packages.flatMap((each) => readmeProblems(root, each.path)),
    ...architectureProblems(root, packages),
  ];
}

/** @param {string} root @param {string} path */
function readmeProblems(root, path) {
  const file = join(root, path, 'README.md');
  if (!existsSync(file)) return [`${path} has no README.md`];
  if (/^#+ non-features$/im.test(readFileSync(file, 'utf8'))) return [];
  return [`${path}/README.md has no "Non-features" heading: say what the package leaves to others`];
}

/** @param {string} root @param {readonly import('./workspace.js').Package[]} packages */
function architectureProblems(root, packages) {
  const file = join(root, 'ARCHITECTURE.md');
  if (!existsSync(file)) return ['ARCHITECTURE.md is missing'];
  const rows = readFileSync(file, 'utf8').split('\n');
  return LAYERS.flatMap((layer) => {
    const row = rows.find((line) => line.startsWith(`| ${layer.name} `));
    if (row === undefined) return [`ARCHITECTURE.md has no table row for the ${layer.name} layer`];
    return packages
      .filter(({ folder }) => layer.packages.includes(folder) !== row.includes(`\`${folder}\``))
      .map(({ folder }) =>
        layer.packages.includes(folder)
          ? `ARCHITECTURE.md does not name \`${folder}\` in the row of the ${layer.name} layer`
          : `ARCHITECTURE.md names \`${folder}\` in the row of the ${layer.name} layer, which it is not of`,
      );
  });
}

/**
 * Relative links and anchors of every Markdown file that lead nowhere, as remark reports them.
 *
 * @param {string} root
 * @returns {readonly string[]}
 */
export function linkProblems(root) {
  const files = filesOf(root, ['*.md']);
  if (files.length === 0) return [];
  const { status, stderr } = spawnSync(
    toolPath('remark'),
    [
      ...['--no-config', '--no-stdout', '--no-color', '--frail', '--quiet'],
      ...['--use', `${validateLinks}=repository:false`],
      ...files,
    ],
    { cwd: root, encoding: 'utf8' },
  );
  return status === 0 ? [] : [stderr.trim() || `remark exited with ${status}`];
}
