/** The page's time step: a tenth of what a screen can show of a 100 ms stall, and two bytes a token. */
export const TICK_NS = 10_000;

export function toTicks(ns: number): number {
  return Math.round(ns / TICK_NS);
}
