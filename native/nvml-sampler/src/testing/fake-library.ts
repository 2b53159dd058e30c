import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const source = `${root}src/core/testing/fake-nvml.cc`;

/** The fake NVML of the core's tests, compiled when its source is newer; `undefined` where there is no compiler. */
export function fakeLibrary(): string | undefined {
  const library = `${root}build/fake-nvml.so`;
  if (existsSync(library) && statSync(library).mtimeMs > statSync(source).mtimeMs) return library;
  const aside = `${library}.${process.pid}`;
  mkdirSync(`${root}build`, { recursive: true });
  const flags = ['-std=c++17', '-O1', '-shared', '-fPIC', '-fvisibility=hidden', '-o', aside, source];
  const { status } = spawnSync(process.env['CXX'] ?? 'c++', flags);
  if (status !== 0) return undefined;
  renameSync(aside, library);
  return library;
}
