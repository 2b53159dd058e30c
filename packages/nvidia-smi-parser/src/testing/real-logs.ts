import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const FOLDER = new URL('../../../../../shared/data/gpu/', import.meta.url);

/** What real GPUs printed, where the shared data lie beside the repository; `undefined`, said aloud, where they do not. */
export function realLog(name: string): string | undefined {
  const path = fileURLToPath(new URL(name, FOLDER));
  if (existsSync(path)) return readFileSync(path, 'utf8');
  console.log(`Not tested on ${name}: the shared data are not beside this repository`);
  return undefined;
}
