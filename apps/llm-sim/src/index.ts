export { gpuFaultSchema, type GpuFault } from './gpu-fault.js';
export type { EngineControl } from './engine-control.js';
export type { GpuOptions } from './gpu-simulation.js';
export { migProblem } from './gpu-mig.js';
export { GPU_STATE_LAYOUT } from './gpu-state-layout.js';
export type { EngineChoice, LlmSimOptions } from './options.js';
export { startLlmSim, type LlmSim } from './start-llm-sim.js';
