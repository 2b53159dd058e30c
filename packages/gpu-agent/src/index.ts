export { realPorts, startGpuAgent } from './gpu-agent.js';
export type { GpuAgent, GpuAgentCounters, GpuAgentOptions, GpuAgentPorts } from './gpu-agent.js';
export { LatestValues, type LatestValue } from './latest-values.js';
