import type { RunConfig } from '../run/run-config.js';
import type { ServedEngine } from './with-engine.js';

/** Stands for an engine's address until it is started; `.invalid` is nobody's name (RFC 6761). */
const PENDING_ENGINE_URL = 'http://launched-engine.invalid';

/** A command's flags, pointed at the engine that it will start. */
export function forEngine<Flags extends object>(flags: Flags): Flags & { readonly url: string } {
  return { ...flags, url: PENDING_ENGINE_URL };
}

/** A run's configuration once its engine serves: everything that was to go to the engine goes to its address. */
export function atEngine(config: RunConfig, { url, recorded }: ServedEngine): RunConfig {
  return {
    ...config,
    endpoint: { ...config.endpoint, url },
    client: { ...config.client, baseUrl: url },
    serverMetricsUrls: config.serverMetricsUrls.map((page) =>
      page.origin === PENDING_ENGINE_URL ? new URL(page.pathname + page.search, url) : page,
    ),
    launchedEngine: recorded,
  };
}
