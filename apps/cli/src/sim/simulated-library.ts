import type { GpuOptions } from '@fluidscope/llm-sim';
import { NVML_PERSONAS, simulatedNvmlPath } from '@fluidscope/nvml-sim';

/** How an agent sees the simulated GPUs: through the library that is the driver asked for and no other. */
export function libraryText({ statePath, persona = 0 }: GpuOptions): string {
  const library = simulatedNvmlPath(NVML_PERSONAS[persona]);
  return 'path' in library
    ? `For an agent: FLUIDSCOPE_NVML_LIBRARY=${library.path} FLUIDSCOPE_NVML_SIM_STATE=${statePath}`
    : `No agent can see the GPUs: the simulated NVML is not there: ${library.reason}`;
}

export function libraryJson({ persona = 0 }: GpuOptions): { readonly nvml_library?: string } {
  const library = simulatedNvmlPath(NVML_PERSONAS[persona]);
  return 'path' in library ? { nvml_library: library.path } : {};
}
