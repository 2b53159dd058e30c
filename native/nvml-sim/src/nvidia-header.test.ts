import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const compiler = process.env['CXX'] ?? 'c++';
const headers = spawnSync(compiler, ['--version']).status === 0 ? headerFolders() : [];
if (headers.length === 0)
  console.log(
    "The library's NVML declarations are not compared: that needs a compiler and nvml.h, from FLUIDSCOPE_NVML_INCLUDE or npm run fetch:nvml-headers in native/nvml-sampler",
  );

it.skipIf(headers.length === 0)('declares NVML as each nvml.h at hand does', { timeout: 60_000 }, () => {
  for (const folder of headers) {
    const source = `${root}src/core/testing/layout/nvidia-header.cc`;
    const result = spawnSync(compiler, ['-std=c++17', '-fsyntax-only', '-isystem', folder, source], {
      encoding: 'utf8',
    });
    expect(result.stderr, folder).toBe('');
    expect(result.status, folder).toBe(0);
  }
});

/** The headers that the sampler's tests are given. */
function headerFolders(): readonly string[] {
  const given = process.env['FLUIDSCOPE_NVML_INCLUDE'];
  if (given !== undefined) return [given];
  const cache = `${root}../nvml-sampler/.cache/nvml-headers`;
  if (!existsSync(cache)) return [];
  return readdirSync(cache, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('/nvml.h'))
    .map((path) => `${cache}/${dirname(path)}`);
}
