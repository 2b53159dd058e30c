// @ts-check
import { join } from 'node:path';
import { layerOf, OWNED_LIBRARIES, packageNameOf, PURE_LIBRARIES, whyNotImport } from '../eslint/layers.js';
import { packagesOf, readJson } from './workspace.js';

/** @typedef {import('./workspace.js').Package} Package */

/**
 * What is wrong with what the packages depend on: a library declared in two versions or by a range, a library that
 * ships in two versions, a dependency that the layers forbid.
 *
 * @param {string} root
 * @returns {readonly string[]}
 */
export function dependencyProblems(root) {
  const packages = packagesOf(root);
  const workspace = { folder: '.', path: '.', manifest: readJson(join(root, 'package.json')) };
  return [
    ...declaredTwice([workspace, ...packages]),
    ...declaredByRange([workspace, ...packages]),
    ...shippedTwice(readJson(join(root, 'package-lock.json'))),
    ...packages.flatMap(wallProblems),
  ];
}

/** @param {Package} from */
function declarationsOf({ manifest }) {
  return [...Object.entries(manifest.dependencies ?? {}), ...Object.entries(manifest.devDependencies ?? {})];
}

/** @param {readonly Package[]} packages */
function declaredTwice(packages) {
  /** @type {Map<string, Map<string, string[]>>} */
  const placesByVersion = new Map();
  for (const from of packages) {
    for (const [name, version] of declarationsOf(from)) {
      const versions = placesByVersion.get(name) ?? new Map();
      versions.set(version, [...(versions.get(version) ?? []), from.path]);
      placesByVersion.set(name, versions);
    }
  }
  return [...placesByVersion]
    .filter(([, versions]) => versions.size > 1)
    .map(([name, versions]) => {
      const places = [...versions].map(([version, paths]) => `${version} in ${paths.join(', ')}`);
      return `${name} is declared in ${versions.size} versions (${places.join('; ')}): agree on one`;
    });
}

/** @param {readonly Package[]} packages */
function declaredByRange(packages) {
  return packages.flatMap((from) =>
    declarationsOf(from)
      .filter(([, version]) => !/^\d/.test(version))
      .map(
        ([name, version]) =>
          `${from.path} declares ${name} as "${version}": give the exact version, so that a result names what it was made with`,
      ),
  );
}

/** @param {{ packages: Record<string, { version?: string; dev?: boolean; link?: boolean }> }} lock */
function shippedTwice(lock) {
  /** @type {Map<string, Set<string>>} */
  const versions = new Map();
  for (const [path, { version, dev, link }] of Object.entries(lock.packages)) {
    const name = path.split('node_modules/').at(-1);
    if (!path.includes('node_modules/') || name === undefined || dev || link || version === undefined)
      continue;
    versions.set(name, (versions.get(name) ?? new Set()).add(version));
  }
  return [...versions]
    .filter(([, found]) => found.size > 1)
    .map(
      ([name, found]) =>
        `${name} ships in ${found.size} versions (${[...found].join(', ')}): "npm ls ${name}" says who asks for which`,
    );
}

/** @param {Package} from */
function wallProblems({ folder, path, manifest }) {
  if (layerOf(folder) === undefined) return [`${path} has no layer: give it one in tools/eslint/layers.js`];
  const name = packageNameOf(folder);
  const misnamed = manifest.name === name ? [] : [`${path} is named "${manifest.name}": expected "${name}"`];
  const walls = Object.keys(manifest.dependencies ?? {}).flatMap((dependency) => {
    const reason = whyNotDepend(folder, dependency);
    return reason === undefined ? [] : [`${path} depends on ${dependency}: ${reason}`];
  });
  return [...misnamed, ...walls];
}

/** @param {string} folder @param {string} dependency @returns {string | undefined} */
function whyNotDepend(folder, dependency) {
  if (dependency.startsWith('@fluidscope/')) {
    return whyNotImport(folder, dependency.slice('@fluidscope/'.length));
  }
  const owned = Object.hasOwn(OWNED_LIBRARIES, dependency) ? OWNED_LIBRARIES[dependency] : undefined;
  if (owned?.owners.includes(folder) || PURE_LIBRARIES.includes(dependency)) return undefined;
  if (owned === undefined) return 'list it in tools/eslint/layers.js';
  return `only ${owned.owners.join(', ')} may: ${owned.why}`;
}
