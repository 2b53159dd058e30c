import { expect, it } from 'vitest';
import { dependencyProblems } from '../../tools/check/dependencies.js';
import { temporaryWorkspace } from './temporary-workspace.js';

const GOOD = {
  'package.json': { devDependencies: { vitest: '4.1.12' } },
  'package-lock.json': { packages: { 'node_modules/zod': { version: '4.6.7' } } },
  'packages/units/package.json': { name: '@fluidscope/units', dependencies: {} },
  'packages/metrics/package.json': {
    name: '@fluidscope/metrics',
    dependencies: { '@fluidscope/units': '0.1.0', zod: '4.6.7' },
  },
};

function problemsWith(files: Readonly<Record<string, unknown>>): readonly string[] {
  using workspace = temporaryWorkspace({ ...GOOD, ...files });
  return dependencyProblems(workspace.root);
}

it('has nothing to say of a workspace in order', () => {
  expect(problemsWith({})).toEqual([]);
});

it.each([
  [
    'a library declared in two versions',
    { 'packages/units/package.json': { name: '@fluidscope/units', dependencies: { zod: '4.0.0' } } },
    'zod is declared in 2 versions (4.6.7 in packages/metrics; 4.0.0 in packages/units)',
  ],
  [
    'a range',
    { 'package.json': { devDependencies: { vitest: '^4.1.12' } } },
    '. declares vitest as "^4.1.12": give the exact version',
  ],
  [
    'a library that ships in two versions',
    {
      'package-lock.json': {
        packages: {
          'node_modules/zod': { version: '4.6.7' },
          'node_modules/a/node_modules/zod': { version: '3.1.0' },
        },
      },
    },
    'zod ships in 2 versions (4.6.7, 3.1.0)',
  ],
  [
    'a dependency against the layers',
    {
      'packages/metrics/package.json': {
        name: '@fluidscope/metrics',
        dependencies: { '@fluidscope/harness': '0.1.0' },
      },
    },
    'packages/metrics depends on @fluidscope/harness: metrics (domain) is left of harness (engine)',
  ],
  [
    'a library of another package',
    { 'packages/metrics/package.json': { name: '@fluidscope/metrics', dependencies: { undici: '7.0.0' } } },
    'packages/metrics depends on undici: only llm-client may',
  ],
  [
    'a library that nobody placed',
    {
      'packages/metrics/package.json': { name: '@fluidscope/metrics', dependencies: { 'left-pad': '1.0.0' } },
    },
    'packages/metrics depends on left-pad: list it in tools/eslint/layers.js',
  ],
  [
    'a package without a layer',
    { 'packages/extra/package.json': { name: '@fluidscope/extra' } },
    'packages/extra has no layer',
  ],
  [
    'a package under another name',
    { 'packages/units/package.json': { name: '@fluidscope/unit' } },
    'packages/units is named "@fluidscope/unit": expected "@fluidscope/units"',
  ],
])('refuses %s', (_, files, problem) => {
  expect(problemsWith(files)).toEqual([expect.stringContaining(problem)]);
});

it('lets development tools bring what they bring', () => {
  const lock = {
    packages: {
      'node_modules/zod': { version: '4.6.7' },
      'node_modules/a/node_modules/zod': { version: '3.1.0', dev: true },
    },
  };
  expect(problemsWith({ 'package-lock.json': lock })).toEqual([]);
});
