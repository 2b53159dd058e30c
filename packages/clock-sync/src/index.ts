export type { ClockFit, ClockSegmentSummary, ClockStep } from './clock-fit.js';
export { clockPiecesOf, type PieceOptions } from './clock-pieces.js';
export type { ClockProbe } from './clock-probe.js';
export { ClockTracker, type ClockOptions } from './clock-tracker.js';
export { fitClock } from './fit-clock.js';
