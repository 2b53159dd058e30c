import { simulatedNvmlPath } from '@fluidscope/nvml-sim';

/** The file of the simulated NVML, or what FLUIDSCOPE_NVML_LIBRARY names. */
export function simulatedLibrary() {
  const { path = process.env.FLUIDSCOPE_NVML_LIBRARY, reason } = simulatedNvmlPath();
  if (path === undefined) throw new Error(`The simulated NVML is not there: ${reason}`);
  return process.env.FLUIDSCOPE_NVML_LIBRARY ?? path;
}
