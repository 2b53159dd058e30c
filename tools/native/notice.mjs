// @ts-check
/** After all packages are built: one notice for all the native parts that could not be, with the fix. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const native = fileURLToPath(new URL('../../native', import.meta.url));
const reasons = readdirSync(native)
  .map((name) => ({ name, file: `${native}/${name}/build/unavailable` }))
  .filter(({ file }) => existsSync(file))
  .map(({ name, file }) => `  ${name}: ${readFileSync(file, 'utf8')}`);

if (reasons.length > 0) {
  console.error(
    `Fluidscope is installed without native parts:\n${reasons.join('\n')}\n` +
      'It runs, and falls back: GPUs are read through nvidia-smi, tokens are stamped in user space.\n' +
      'To have them, install CMake and a C++17 compiler (Debian: apt install cmake g++), then: npm run build',
  );
}
