import type { EngineNs } from './engine-time.js';
import type { CompletedIteration, EngineRequest, ServingEngine } from './serving-engine.js';

export interface Arrival<R> {
  readonly request: R;
  readonly atNs: EngineNs;
}

export interface SimulatedRequest<R> {
  readonly request: R;
  readonly arrivedNs: EngineNs;
  /** When each of its tokens was emitted, in order. */
  readonly tokenNs: readonly EngineNs[];
}

/**
 * Runs a whole load through a fresh engine, as fast as it can be computed, until every request has finished.
 *
 * `arrivals` are ordered by `atNs`; the results are in the same order. `onIteration` sees every iteration as it ends. Empty
 * arrivals give an empty result.
 */
export function simulate<R extends EngineRequest>(
  arrivals: readonly Arrival<R>[],
  engine: ServingEngine<R>,
  onIteration: (iteration: CompletedIteration<R>) => void = () => undefined,
): readonly SimulatedRequest<R>[] {
  const tokenNsOf = new Map<R, EngineNs[]>();
  for (const { request, atNs } of arrivals) {
    engine.submit(request, atNs);
    tokenNsOf.set(request, []);
  }
  for (let event = engine.step(); event !== undefined; event = engine.step()) {
    if (event.kind !== 'ended') continue;
    const { endNs, emissions } = event.iteration;
    for (const { request } of emissions) tokenNsOf.get(request)?.push(endNs);
    onIteration(event.iteration);
  }
  return arrivals.map(({ request, atNs }) => ({
    request,
    arrivedNs: atNs,
    tokenNs: tokenNsOf.get(request) ?? [],
  }));
}
