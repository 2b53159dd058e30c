export type { GpuFault, GpuOptions } from './gpu-simulation.js';
export type { EngineChoice, LlmSimOptions } from './options.js';
export { startLlmSim, type LlmSim } from './start-llm-sim.js';
