import { execFile, spawnSync } from 'node:child_process';
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

/** Runs a program that must end well; gives what it printed. */
export async function run(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const options = { env: { ...process.env, ...env }, timeout: LIMIT_MS, maxBuffer: 64 * 1024 * 1024 };
  const { failure, stdout, stderr } = await new Promise<Ended>((resolve) => {
    execFile(program, args, options, (error, out, err) => {
      resolve({ failure: error?.message, stdout: out, stderr: err });
    });
  });
  expect(failure, `${program} ${args.join(' ')}\n${stdout.slice(-3000)}\n${stderr.slice(-6000)}`).toBe(
    undefined,
  );
  return stdout;
}

interface Ended {
  readonly failure: string | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** Compiles one file to nothing: what the compiler says of it. */
export async function compile(source: string, args: readonly string[]): Promise<string> {
  return run(COMPILER, ['-std=c++17', '-fsyntax-only', ...args, source]);
}

function isThere(program: string): boolean {
  return spawnSync(program, ['--version']).status === 0;
}
