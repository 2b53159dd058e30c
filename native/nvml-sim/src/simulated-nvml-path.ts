import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The drivers that the library can be, in the order of the state file's numbers. */
export const NVML_PERSONAS = ['595', '510', '535-early', '550', '575', '580-early', '580', 'cuda14'] as const;

export type NvmlPersona = (typeof NVML_PERSONAS)[number];

export type SimulatedNvml = { readonly path: string } | { readonly reason: string };

/**
 * Where the built library lies, or why there is none (no compiler, not built yet).
 *
 * With a persona: the library that is that driver and no other, and exports no symbol that this driver lacks. Without: the one that
 * exports all, and is the driver that `FLUIDSCOPE_NVML_SIM_PERSONA` or the state file says.
 */
export function simulatedNvmlPath(persona?: NvmlPersona): SimulatedNvml {
  const build = fileURLToPath(new URL('../build', import.meta.url));
  const path = `${build}/Release/${persona === undefined ? '' : `${persona}/`}libnvidia-ml.so.1`;
  if (existsSync(path)) return { path };
  const reasonFile = `${build}/unavailable`;
  const reason = existsSync(reasonFile)
    ? readFileSync(reasonFile, 'utf8')
    : 'it has not been built: npm run build';
  return { reason };
}
