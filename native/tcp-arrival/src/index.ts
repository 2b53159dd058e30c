export { loadAddon, type AddonAvailability } from './addon.js';
export type { ArrivalSocket } from './arrival-socket.js';
export {
  ArrivalSockets,
  type ConnectOptions,
  type HeldCounts,
  type LookupAll,
  type SamplingOptions,
} from './arrival-sockets.js';
export type { ArrivalStamp } from './arrival-stamp.js';
export type { ConnectionFigures } from './connection-figures.js';
export {
  ConnectionSamples,
  type SampleCause,
  type SampledConnection,
  type SampleField,
} from './connection-samples.js';
