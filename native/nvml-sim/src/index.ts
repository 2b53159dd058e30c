export {
  NVML_PERSONAS,
  simulatedNvmlPath,
  type NvmlPersona,
  type SimulatedNvml,
} from './simulated-nvml-path.js';
