export { simulatedNvmlPath, type SimulatedNvml } from './simulated-nvml-path.js';
