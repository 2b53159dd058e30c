import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';

const COMPILER = process.env['CXX'] ?? 'c++';
const LIMIT_MS = 440_000;

export const hasCompiler = isThere(COMPILER);
export const hasNativeTools = hasCompiler && isThere('cmake');
if (!hasNativeTools)
  console.log('Native cores are not tested: that needs CMake and a C++ compiler on the PATH');

export function nativeFolder(name: string): string {
  return fileURLToPath(new URL(`../../native/${name}/`, import.meta.url));
}

/** Runs a program that must end well; returns what it printed. */
export function run(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): string {
  const { status, stdout, stderr } = spawnSync(program, args, {
    encoding: 'utf8',
    env: { ...process.env, ...env },
    timeout: LIMIT_MS,
  });
  expect(status, `${program} ${args.join(' ')}\n${stdout.slice(-3000)}\n${stderr.slice(-6000)}`).toBe(0);
  return stdout;
}

/** Compiles one file to nothing: what the compiler says of it. */
export function compile(source: string, args: readonly string[]): string {
  return run(COMPILER, ['-std=c++17', '-fsyntax-only', ...args, source]);
}

function isThere(program: string): boolean {
  return spawnSync(program, ['--version']).status === 0;
}
