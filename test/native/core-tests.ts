import { expect, it } from 'vitest';
import { hasNativeTools, nativeFolder, run } from './native-tools.js';

const SANITIZERS = [
  {
    sanitizer: 'address,undefined',
    options: { UBSAN_OPTIONS: 'halt_on_error=1', ASAN_OPTIONS: 'detect_leaks=1' },
  },
  { sanitizer: 'thread', options: { TSAN_OPTIONS: 'halt_on_error=1' } },
];

/** Where a core's tests stand once `testCore` has built them under `sanitizer`. */
export function coreTestsOf(name: string, sanitizer: string): string {
  return `${nativeFolder(name)}build/test-${sanitizer.replace(',', '-')}/core-tests`;
}

/**
 * Builds the C++ tests of a native package under each sanitizer and runs them, `jobs` at a time; `passes` is one of the lines that they
 * print. Tests that mostly wait may run while others are compiled; those that measure may not (`jobs` of 1).
 */
export function testCore(name: string, passes: string, jobs = 1): void {
  it.skipIf(!hasNativeTools).each(SANITIZERS)(
    'passes its own tests under the $sanitizer sanitizer',
    { timeout: 900_000, concurrent: jobs > 1 },
    async ({ sanitizer, options }) => {
      const root = nativeFolder(name);
      const build = `${root}build/test-${sanitizer.replace(',', '-')}`;
      const define = [`-DSANITIZE=${sanitizer}`, '-DFLUIDSCOPE_NATIVE_TESTS=ON', '-DCMAKE_BUILD_TYPE=Debug'];
      // Half of a file's compilation is the standard library's headers: a dozen files at a time read them once.
      const united = ['-DCMAKE_UNITY_BUILD=ON', '-DCMAKE_UNITY_BUILD_BATCH_SIZE=12'];
      await run('cmake', ['-S', root, '-B', build, ...define, ...united]);
      await run('cmake', ['--build', build, '--parallel', '2']);
      expect(await run(coreTestsOf(name, sanitizer), [String(jobs)], options)).toContain(passes);
    },
  );
}
