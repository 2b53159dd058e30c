// @ts-check
import { existsSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, relative, resolve, sep } from 'node:path';
import { layerOf, LAYERS, OWNED_LIBRARIES, packageNameOf, PURE_LIBRARIES, whyNotImport } from './layers.js';

/**
 * @typedef {object} Importer the file that imports
 * @property {string} folder its package's folder name
 * @property {string} packageRoot
 * @property {string} filename
 * @property {boolean} shipped false for tests, their helpers and benches
 */

const PACKAGE_FILE = /^(.*[\\/](?:packages|native|apps)[\\/]([^\\/]+))[\\/](?:src|bin|bench)[\\/]/;
const NOT_SHIPPED = /\.test\.ts$|[\\/](?:testing|bench)[\\/]/;

const FOLDER_OF = new Map(
  LAYERS.flatMap(({ packages }) => packages.map((folder) => [packageNameOf(folder), folder])),
);

/**
 * A package imports what its layer allows, by its public door, and only what its package.json declares.
 *
 * @type {import('eslint').Rule.RuleModule}
 */
export const importBoundaries = {
  meta: {
    type: 'problem',
    schema: [],
    docs: { description: 'the layers of tools/eslint/layers.js, and why each wall stands' },
    messages: { wall: '{{problem}}' },
  },
  create(context) {
    const importer = importerOf(context.filename);
    if (importer === undefined) return {};
    /** @param {unknown} source */
    const check = (source) => {
      if (!isStringLiteral(source)) return;
      const problem = problemOf(source.value, importer);
      if (problem !== undefined) context.report({ node: source, messageId: 'wall', data: { problem } });
    };
    return {
      ImportDeclaration: (node) => check(node.source),
      ExportNamedDeclaration: (node) => check(node.source),
      ExportAllDeclaration: (node) => check(node.source),
      ImportExpression: (node) => check(node.source),
      /** @param {{ source: unknown }} node */
      TSImportType: (node) => check(node.source),
    };
  },
};

/** @param {unknown} node @returns {node is import('estree').SimpleLiteral & { value: string }} */
function isStringLiteral(node) {
  return typeof node === 'object' && node !== null && 'value' in node && typeof node.value === 'string';
}

/** @param {string} filename @returns {Importer | undefined} */
function importerOf(filename) {
  const [, packageRoot, folder] = PACKAGE_FILE.exec(filename) ?? [];
  if (packageRoot === undefined || folder === undefined) return undefined;
  return { folder, packageRoot, filename, shipped: !NOT_SHIPPED.test(filename) };
}

/** @param {string} specifier @param {Importer} importer @returns {string | undefined} */
function problemOf(specifier, importer) {
  if (specifier.startsWith('.')) return problemOfRelative(specifier, importer);
  if (isBuiltin(specifier)) return problemOfBuiltin(specifier, importer);
  const name = /^(?:@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier;
  const folder = FOLDER_OF.get(name);
  if (folder !== undefined || name.startsWith('@fluidscope/')) {
    return problemOfSibling(
      { specifier, name, folder: folder ?? name.slice('@fluidscope/'.length) },
      importer,
    );
  }
  return problemOfLibrary(name, importer);
}

/** @param {string} specifier @param {Importer} importer */
function problemOfRelative(specifier, { filename, packageRoot, folder }) {
  const target = relative(packageRoot, resolve(dirname(filename), specifier));
  if (!target.startsWith(`..${sep}`)) return undefined;
  return (
    `"${specifier}" leaves ${folder}: import the other package by its name, ` +
    `so that what it promises (its src/index.ts) is all that you depend on.`
  );
}

/** @param {string} specifier @param {Importer} importer */
function problemOfBuiltin(specifier, { folder, shipped }) {
  const layer = layerOf(folder);
  if (!shipped || !layer?.pure) return undefined;
  return (
    `${folder} is pure (${layer.name} layer) and may not import "${specifier}": ${layer.why}. ` +
    `Take what you need (text, bytes, a clock, a port) as a parameter; the caller does the I/O.`
  );
}

/** @param {{ specifier: string; name: string; folder: string }} sibling @param {Importer} importer */
function problemOfSibling({ specifier, name, folder }, importer) {
  if (specifier !== name) {
    return (
      `"${specifier}" reaches past the door of ${folder}: import from "${name}", ` +
      `and if what you need is not there, its owner decides whether its src/index.ts promises it.`
    );
  }
  if (folder === importer.folder) {
    if (!importer.shipped) return undefined;
    return `${folder} imports itself by name: use a relative path, which cannot resolve to another build.`;
  }
  const reason = whyNotImport(importer.folder, folder);
  if (reason !== undefined) return `${importer.folder} may not import ${folder}: ${reason}.`;
  return problemOfUndeclared(name, importer);
}

/** @param {string} name @param {Importer} importer */
function problemOfLibrary(name, importer) {
  const owned = Object.hasOwn(OWNED_LIBRARIES, name) ? OWNED_LIBRARIES[name] : undefined;
  if (owned !== undefined && !owned.owners.includes(importer.folder)) {
    return `Only ${owned.owners.join(', ')} may import "${name}": ${owned.why}.`;
  }
  if (owned === undefined && importer.shipped && !PURE_LIBRARIES.includes(name)) {
    return (
      `"${name}" is not in tools/eslint/layers.js: list it there under the one package that owns it, ` +
      `or as a library that only computes.`
    );
  }
  return problemOfUndeclared(name, importer);
}

/** @param {string} name @param {Importer} importer */
function problemOfUndeclared(name, importer) {
  const own = manifestAt(importer.packageRoot);
  if (name in (own.dependencies ?? {})) return undefined;
  if (!importer.shipped) {
    const root = manifestAt(resolve(importer.packageRoot, '../..'));
    if (name in (own.devDependencies ?? {}) || name in (root.devDependencies ?? {})) return undefined;
  }
  return (
    `"${name}" is not in the ${importer.shipped ? 'dependencies' : 'dependencies or devDependencies'} of ` +
    `${importer.folder}'s package.json: it resolves here only because another package installs it.`
  );
}

/**
 * @param {string} folder
 * @returns {{ dependencies?: Record<string, string>; devDependencies?: Record<string, string> }}
 */
function manifestAt(folder) {
  const path = resolve(folder, 'package.json');
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {};
}
