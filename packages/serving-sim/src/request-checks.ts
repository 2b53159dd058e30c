import type { EngineNs } from './engine-time.js';
import type { EngineRequest } from './serving-engine.js';

/** Throws `RangeError` when an arrival lies before the previous one. */
export function requireOrderedArrival(atNs: EngineNs, previousNs: EngineNs): void {
  if (atNs < previousNs) {
    throw new RangeError(`Expected an arrival at ${previousNs} ns or later but received ${atNs} ns`);
  }
}

/** Throws `RangeError` unless prompt and output are at least 1 token each and together within the limit. */
export function requireFittingRequest(request: EngineRequest, maxModelTokens: number): void {
  const { promptTokens, outputTokens } = request;
  if (!isPositiveInteger(promptTokens) || !isPositiveInteger(outputTokens)) {
    throw new RangeError(
      `Expected whole numbers from 1 for promptTokens and outputTokens but received ${promptTokens} and ${outputTokens}`,
    );
  }
  if (promptTokens + outputTokens > maxModelTokens) {
    throw new RangeError(
      `Expected a request of at most ${maxModelTokens} tokens but received ${promptTokens} + ${outputTokens}`,
    );
  }
}

function isPositiveInteger(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 1;
}
