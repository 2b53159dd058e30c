export { importTimings, type ImportOptions } from './import-timings.js';
export {
  TIMING_FORMATS,
  type ImportedRequest,
  type ImportedTimings,
  type TimedRequest,
  type TimingFormat,
  type UntimedRequest,
} from './imported-timings.js';
