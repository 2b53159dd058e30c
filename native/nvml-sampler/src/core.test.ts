import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { GPU_METRICS } from '@fluidscope/trace-schema';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const hasTools = ['cmake', process.env['CXX'] ?? 'c++'].every(
  (tool) => spawnSync(tool, ['--version']).status === 0,
);
if (!hasTools) console.log('The core is not tested: it needs CMake and a C++ compiler on the PATH');

const SANITIZERS = [
  {
    name: 'address,undefined',
    options: { UBSAN_OPTIONS: 'halt_on_error=1', ASAN_OPTIONS: 'detect_leaks=1' },
  },
  { name: 'thread', options: { TSAN_OPTIONS: 'halt_on_error=1' } },
];

it.skipIf(!hasTools).each(SANITIZERS)(
  'passes its own tests under the $name sanitizer',
  { timeout: 900_000 },
  ({ name, options }) => {
    const build = `${root}build/test-${name.replace(',', '-')}`;
    const define = [`-DSANITIZE=${name}`, '-DFLUIDSCOPE_NATIVE_TESTS=ON', '-DCMAKE_BUILD_TYPE=Debug'];
    run('cmake', ['-S', root, '-B', build, ...define]);
    run('cmake', ['--build', build, '--parallel', '2']);
    const output = run(`${build}/core-tests`, [], options);
    expect(output).toContain('ok each way of having no GPUs is its own state');
  },
);

it('numbers the metrics as the closed table does', () => {
  const header = readFileSync(`${root}src/core/metric.h`, 'utf8');
  const ids = [...header.matchAll(/^ {2}(\w+) = (\d+),$/gm)].map(([, name, id]) => ({
    name,
    id: Number(id),
  }));
  expect(ids).toEqual(GPU_METRICS.map(({ name, id }) => ({ name, id })));
});

function run(program: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): string {
  const { status, stdout, stderr } = spawnSync(program, args, {
    encoding: 'utf8',
    env: { ...process.env, ...env },
    timeout: 440_000,
  });
  expect(status, `${program} ${args.join(' ')}\n${stdout.slice(-3000)}\n${stderr.slice(-6000)}`).toBe(0);
  return stdout;
}
