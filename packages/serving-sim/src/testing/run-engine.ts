import { createEngine } from '../batching-engine.js';
import { resolveEngineConfig, type EngineOverrides } from '../engine-config.js';
import { engineNs } from '../engine-time.js';
import { seededRandom } from '../random.js';
import type { CompletedIteration, EngineRequest, ServingEngine } from '../serving-engine.js';
import { simulate, type SimulatedRequest } from '../simulate.js';
import { PLAIN_PROFILE } from './plain-profile.js';

export interface TestRequest extends EngineRequest {
  readonly name: string;
}

export interface TestRun {
  readonly requests: readonly SimulatedRequest<TestRequest>[];
  readonly iterations: readonly CompletedIteration<TestRequest>[];
  readonly engine: ServingEngine<TestRequest>;
}

export function plainEngine(overrides: EngineOverrides = {}): ServingEngine<TestRequest> {
  return createEngine(PLAIN_PROFILE, resolveEngineConfig(PLAIN_PROFILE, overrides), seededRandom(1));
}

/** Runs requests `[name, promptTokens, outputTokens, atNs]` through a plain engine. */
export function runPlain(
  overrides: EngineOverrides,
  ...load: readonly (readonly [name: string, promptTokens: number, outputTokens: number, atNs: number])[]
): TestRun {
  const engine = plainEngine(overrides);
  const iterations: CompletedIteration<TestRequest>[] = [];
  const arrivals = load.map(([name, promptTokens, outputTokens, atNs]) => ({
    request: { name, promptTokens, outputTokens },
    atNs: engineNs(atNs),
  }));
  const requests = simulate(arrivals, engine, (iteration) => iterations.push(iteration));
  return { requests, iterations, engine };
}

/** An iteration as text: `a+48 b` is a chunk of 48 tokens of a and a decode of b. */
export function contentOf({ prefillChunks, decodes }: CompletedIteration<TestRequest>): string {
  return [
    ...prefillChunks.map(({ request, chunkTokens }) => `${request.name}+${chunkTokens}`),
    ...decodes.map(({ request }) => request.name),
  ].join(' ');
}
