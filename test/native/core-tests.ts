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

/** Builds the C++ tests of a native package under each sanitizer and runs them; `passes` is what they print when all of them ran. */
export function testCore(name: string, passes: string): void {
  it.skipIf(!hasNativeTools).each(SANITIZERS)(
    'passes its own tests under the $sanitizer sanitizer',
    { timeout: 900_000 },
    ({ sanitizer, options }) => {
      const root = nativeFolder(name);
      const build = `${root}build/test-${sanitizer.replace(',', '-')}`;
      const define = [`-DSANITIZE=${sanitizer}`, '-DFLUIDSCOPE_NATIVE_TESTS=ON', '-DCMAKE_BUILD_TYPE=Debug'];
      run('cmake', ['-S', root, '-B', build, ...define]);
      run('cmake', ['--build', build, '--parallel', '2']);
      expect(run(coreTestsOf(name, sanitizer), [], options)).toContain(passes);
    },
  );
}
