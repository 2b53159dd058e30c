export type { Deadlines } from './deadlines.js';
export type { TokenTimings } from './token-timings.js';
