import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export type SimulatedNvml = { readonly path: string } | { readonly reason: string };

/** Where the built library lies, or why there is none (no compiler, not built yet). */
export function simulatedNvmlPath(): SimulatedNvml {
  const build = fileURLToPath(new URL('../build', import.meta.url));
  const path = `${build}/Release/libnvidia-ml.so.1`;
  if (existsSync(path)) return { path };
  const reasonFile = `${build}/unavailable`;
  const reason = existsSync(reasonFile)
    ? readFileSync(reasonFile, 'utf8')
    : 'it has not been built: npm run build';
  return { reason };
}
