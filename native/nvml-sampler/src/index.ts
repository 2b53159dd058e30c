export { loadAddon, type AddonAvailability } from './addon.js';
export {
  openSampler,
  SAMPLER_DEFAULTS,
  type Sampler,
  type SamplerHandlers,
  type SamplerOptions,
} from './sampler.js';
export { sampleRecordCount, sampleRecordsOf, type SampleRecord } from './sample-record.js';
export {
  GPU_STATES,
  SAMPLER_STATES,
  type SamplerCounters,
  type SamplerDescription,
  type SamplerEvent,
} from './sampler-text.js';
