import type { MeasuredPoint } from './point-outcome.js';

/** How many requests a burst has: the first has few, each later one four times as many. */
const FIRST_COUNT = 4;
const GROWTH = 4;
const MOST_COUNT = 1_024;
/** Four times as many at once that are answered hardly faster: the engine is full. */
const FULL_GAIN_RATIO = 1.2;
/** From so few answers no rate of a full engine is told. */
const FEWEST_ANSWERS_COUNT = 16;

/** What the bursts say of where the capacity is. */
export interface BurstRange {
  /** Requests a second that the engine answered in the burst in which it answered most. */
  readonly mostPerS: number;
  /** Requests a second that the full engine answers: more cannot be sent for long. `undefined`: it was not seen full. */
  readonly fullPerS: number | undefined;
  /** What it answered in the largest burst that met the SLO; `undefined` where none did. */
  readonly metPerS: number | undefined;
}

/** Requests of the next burst; `undefined` once the engine is full, or answers too few of them for more to be asked. */
export function nextBurstCount(bursts: readonly MeasuredPoint[]): number | undefined {
  const last = bursts.at(-1);
  if (last === undefined) return FIRST_COUNT;
  const nextCount = last.requestCount * GROWTH;
  return isFull(bursts) || nextCount > MOST_COUNT ? undefined : nextCount;
}

/** `undefined` without a burst of which anything was answered. */
export function burstRange(bursts: readonly MeasuredPoint[]): BurstRange | undefined {
  const ratesPerS = bursts.flatMap((burst) => burstRatePerS(burst) ?? []);
  if (ratesPerS.length === 0) return undefined;
  const met = bursts.findLast(({ verdict }) => verdict === 'met');
  return {
    mostPerS: Math.max(...ratesPerS),
    fullPerS: isFull(bursts) ? fullPerS(bursts) : undefined,
    metPerS: met && burstRatePerS(met),
  };
}

function isFull(bursts: readonly MeasuredPoint[]): boolean {
  const [before, last] = bursts.slice(-2).map(burstRatePerS);
  return bursts.length > 1 && (last ?? 0) < FULL_GAIN_RATIO * (before ?? 0);
}

/** The rate of the full engine, and how well it is known. */
export interface Sustained {
  readonly load: number;
  readonly lowLoad: number;
  readonly highLoad: number;
}

const FULL_ERROR_RATIO = 0.05;

/** Above this no engine that answered these bursts keeps up, however long its queue takes to show; `undefined`: they do not tell. */
export function mostSustained(points: readonly MeasuredPoint[]): Sustained | undefined {
  const load = burstRange(points.filter(({ purpose }) => purpose === 'burst'))?.fullPerS;
  return load === undefined
    ? undefined
    : { load, lowLoad: load * (1 - FULL_ERROR_RATIO), highLoad: load * (1 + FULL_ERROR_RATIO) };
}

/** By what the last burst had more than the one before and how much longer it took, so that the time in which the engine filled is in neither. */
function fullPerS(bursts: readonly MeasuredPoint[]): number | undefined {
  const [before, last] = bursts.slice(-2).map(({ answered }) => answered);
  if (before === undefined || last === undefined || bursts.some(isRefused)) return undefined;
  const count = last.count - before.count;
  const tookNs = last.tookNs - before.tookNs;
  return count >= FEWEST_ANSWERS_COUNT && tookNs > 0 ? (count / tookNs) * 1e9 : undefined;
}

/** Requests a second that it answered while the engine was full; `undefined` where it answered none. */
export function burstRatePerS({ answered }: MeasuredPoint): number | undefined {
  return answered && (answered.count / answered.tookNs) * 1e9;
}

/** Whoever refuses some of a burst limits it by other means than being full. */
function isRefused({ answered, sentCount }: MeasuredPoint): boolean {
  return (answered?.ofCount ?? 0) < sentCount;
}
