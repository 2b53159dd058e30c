export { realPorts, startGpuAgent } from './gpu-agent.js';
export type { GpuAgent, GpuAgentCounters, GpuAgentOptions, GpuAgentPorts } from './gpu-agent.js';
export { LatestValues, type LatestValue } from './latest-values.js';
export type { NvidiaSmiOptions } from './nvidia-smi-source.js';
export { SAMPLER_GUARDS } from './sampler-guards.js';
