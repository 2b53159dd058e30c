export { loadAddon, type AddonAvailability } from './addon.js';
export type { ArrivalSocket } from './arrival-socket.js';
export { ArrivalSockets, type ConnectOptions, type LookupAll } from './arrival-sockets.js';
export type { ArrivalStamp } from './arrival-stamp.js';
export type { ConnectionFigures } from './connection-figures.js';
