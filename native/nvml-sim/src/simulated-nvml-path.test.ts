import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { NVML_PERSONAS, simulatedNvmlPath } from './simulated-nvml-path.js';

const root = fileURLToPath(new URL('..', import.meta.url));

it('names the drivers as the library does, by their numbers', () => {
  const source = readFileSync(`${root}src/core/persona.cc`, 'utf8');
  expect([...source.matchAll(/^ {4}\{"([^"]+)", \d+,/gm)].map(([, name]) => name)).toEqual(NVML_PERSONAS);
});

it('has a library built for each', () => {
  const manifest = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as {
    native: { more: readonly string[] };
  };
  expect(manifest.native.more).toEqual(NVML_PERSONAS.map((name) => `${name}/libnvidia-ml.so.1`));
});

it('gives the path of each, or why there is none', () => {
  for (const persona of [undefined, ...NVML_PERSONAS]) {
    const found = simulatedNvmlPath(persona);
    if ('path' in found)
      expect(
        found.path.endsWith(`Release/${persona === undefined ? '' : `${persona}/`}libnvidia-ml.so.1`),
      ).toBe(true);
    else expect(found.reason).not.toBe('');
  }
});
