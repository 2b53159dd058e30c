import type { Brand } from '@fluidscope/units';

/** Integer nanoseconds of virtual time since the engine's start. Exact to 2^53 ns, which is 104 days. */
export type EngineNs = Brand<number, 'EngineNs'>;

/** Brands a whole, non-negative number of nanoseconds; throws `RangeError` on anything else. */
export function engineNs(value: number): EngineNs {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new RangeError(`Expected a whole number of nanoseconds from 0 for EngineNs but received ${value}`);
  }
  return value as EngineNs;
}
