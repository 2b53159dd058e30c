import { FluidscopeError, messageOf } from '@fluidscope/errors';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { EngineControl } from './engine-control.js';
import { createRequestListener } from './http-routes.js';
import type { LlmSimOptions } from './options.js';
import { SimulatedServer } from './simulated-server.js';

/** A running server. */
export interface LlmSim {
  /** Without a path: `http://127.0.0.1:8000`. */
  readonly url: string;
  readonly host: string;
  readonly port: number;
  readonly model: string;
  readonly maxModelTokens: number;
  /** What can befall the engine while it runs; absent for one of fixed schedules. */
  readonly control?: EngineControl;
  /**
   * Stops listening, ends every stream with an error event, closes all connections and completes the truth file. Throws
   * `FluidscopeError` when the truth file is not whole. Later calls return the first one's promise.
   */
  close(): Promise<void>;
}

/** Long enough for a load generator's pause between two requests on one connection; Node's 5 s would race with it. */
const KEEP_ALIVE_MS = 75_000;
/** A burst of a thousand connections must not be refused. */
const LISTEN_BACKLOG = 4_096;
const CLOSE_GRACE_MS = 1_000;

/**
 * Starts a simulated serving engine behind an OpenAI-compatible HTTP interface and resolves once it accepts connections.
 *
 * Throws `UsageError` on contradictory engine limits and `FluidscopeError` when the address or the truth file cannot be used.
 */
export async function startLlmSim(options: LlmSimOptions): Promise<LlmSim> {
  const simulated = await SimulatedServer.create(options);
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, createRequestListener(simulated));
  const host = options.host ?? '127.0.0.1';
  try {
    await listen(server, host, options.port ?? 0);
  } catch (cause) {
    await simulated.close();
    throw cause;
  }
  // Out of file descriptors, say: connections are refused, those that are open go on.
  server.on('error', (error) => options.onWarning?.(`accepting connections failed: ${error.message}`));
  const { port } = server.address() as AddressInfo;
  let closing: Promise<void> | undefined;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    host,
    port,
    model: simulated.model,
    maxModelTokens: simulated.maxModelTokens,
    ...(simulated.control === undefined ? {} : { control: simulated.control }),
    close: () => (closing ??= shutDown(server, simulated)),
  };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const refuse = (cause: Error): void => {
      reject(
        new FluidscopeError(`Expected to listen on ${host} port ${port} but received: ${messageOf(cause)}`, {
          code: 'llm-sim.listen',
          hint: 'Choose another port, or 0 for any free one.',
          cause,
        }),
      );
    };
    server.once('error', refuse);
    server.listen({ host, port, backlog: LISTEN_BACKLOG }, () => {
      server.off('error', refuse);
      resolve();
    });
  });
}

async function shutDown(server: Server, simulated: SimulatedServer): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  simulated.endAll();
  server.closeIdleConnections();
  const grace = setTimeout(() => server.closeAllConnections(), CLOSE_GRACE_MS);
  await closed;
  clearTimeout(grace);
  await simulated.close();
}
