import { existsSync, readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, it } from 'vitest';
import { compile, hasCompiler, nativeFolder } from './native-tools.js';

const SOURCES = [
  `${nativeFolder('nvml-sampler')}src/core/testing/nvidia-header.cc`,
  `${nativeFolder('nvml-sim')}src/core/testing/layout/nvidia-header.cc`,
];

const headers = hasCompiler ? headerFolders() : [];
if (headers.length === 0)
  console.log(
    'NVML declarations are not compared: that needs a compiler and nvml.h, from FLUIDSCOPE_NVML_INCLUDE or npm run fetch:nvml-headers in native/nvml-sampler',
  );

it.skipIf(headers.length === 0).each(SOURCES)(
  'NVML is declared as each nvml.h at hand does: %s',
  { timeout: 60_000 },
  async (source) => {
    for (const folder of headers) expect(await compile(source, ['-isystem', folder]), folder).toBe('');
  },
);

function headerFolders(): readonly string[] {
  const given = process.env['FLUIDSCOPE_NVML_INCLUDE'];
  if (given !== undefined) return [given];
  const cache = `${nativeFolder('nvml-sampler')}.cache/nvml-headers`;
  if (!existsSync(cache)) return [];
  return readdirSync(cache, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('/nvml.h'))
    .map((path) => `${cache}/${dirname(path)}`);
}
