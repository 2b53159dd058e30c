export { readHostFacts, type HostFacts } from './host-facts.js';
export {
  HOST_RATES,
  startHostProbes,
  type AbsentHostMetric,
  type HostProbes,
  type HostProbesDescription,
  type HostProbesOptions,
} from './host-probes.js';
export type { MeasuredHostMetric } from './probe-set.js';
export type { HostRates } from './tier-schedule.js';
export type { ProcessChange } from './watched-processes.js';
