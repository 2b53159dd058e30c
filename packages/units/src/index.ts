export type { Brand } from './brand.js';
export { formatDuration, parseDuration, type DurationProblem } from './duration-text.js';
export {
  addNs,
  durationFromMs,
  durationFromS,
  durationNs,
  elapsedNs,
  monoNs,
  NS_PER_MS,
  NS_PER_S,
  NS_PER_US,
  runNs,
  wallNs,
  type DurationNs,
  type MonoNs,
  type RunClock,
  type RunNs,
  type WallNs,
} from './time.js';
export { UNIT_SUFFIXES, type UnitSuffix } from './unit-suffix.js';
