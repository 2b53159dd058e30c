// @ts-check
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * @typedef {object} Manifest the parts of a package.json that the gates read
 * @property {string} [name]
 * @property {string} [version]
 * @property {Record<string, string>} [dependencies]
 * @property {Record<string, string>} [devDependencies]
 */

/** @typedef {{ readonly folder: string; readonly path: string; readonly manifest: Manifest }} Package */

/** The workspace's packages and apps, by folder. @param {string} root @returns {readonly Package[]} */
export function packagesOf(root) {
  return ['packages', 'native', 'apps'].flatMap((group) =>
    foldersIn(join(root, group))
      .filter((folder) => existsSync(join(root, group, folder, 'package.json')))
      .map((folder) => {
        const path = `${group}/${folder}`;
        return { folder, path, manifest: readJson(join(root, path, 'package.json')) };
      }),
  );
}

/** @param {string} path */
function foldersIn(path) {
  if (!existsSync(path)) return [];
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}

/** @param {string} path */
export function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'));
}

/**
 * Files that are in git or would be: tracked, or new and not ignored; those deleted in the working tree are left out.
 *
 * @param {string} root
 * @param {readonly string[]} [patterns]
 */
export function filesOf(root, patterns = []) {
  const listing = execFileSync(
    'git',
    ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--', ...patterns],
    { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
  );
  return [...new Set(listing.split('\0'))].filter((path) => path !== '' && existsSync(join(root, path)));
}

/** The command of an installed development tool. @param {string} name */
export function toolPath(name) {
  return fileURLToPath(new URL(`../../node_modules/.bin/${name}`, import.meta.url));
}
