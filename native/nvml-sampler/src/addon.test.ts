import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { ADDON_INTERFACE_VERSION, interfaceProblem } from './addon.js';

it('counts the interface as the binding does', () => {
  const binding = readFileSync(new URL('binding/addon.cc', import.meta.url), 'utf8');
  const [, version] = /interface_version = (\d+);/.exec(binding) ?? [];
  expect(Number(version)).toBe(ADDON_INTERFACE_VERSION);
});

it.each([
  [{}, 'has none'],
  [{ interfaceVersion: 1 }, 'has 1'],
])('says what a binary of another build has: %j', (addon, words) => {
  expect(interfaceProblem(addon)).toContain(words);
});

it('takes a binary of this build', () => {
  expect(interfaceProblem({ interfaceVersion: ADDON_INTERFACE_VERSION })).toBeUndefined();
});
