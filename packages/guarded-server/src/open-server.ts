import { FluidscopeError, messageOf } from '@fluidscope/errors';
import { createServer, type RequestListener, type Server, type ServerOptions } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { ListenAddress } from './listen-address.js';

/** PEM texts. */
export interface TlsFiles {
  readonly certPem: string;
  readonly keyPem: string;
}

export interface OpenServerOptions {
  readonly listen: ListenAddress;
  readonly tls?: TlsFiles | undefined;
  readonly listener: RequestListener;
  /** Begins the codes of its errors: `agent` makes `agent.listen` and `agent.tls`. */
  readonly program: string;
}

/** What one client can hold or send is bounded before anything of it is looked at. */
const MAX_HEADERS_BYTES = 8_192;
const HEADERS_MS = 5_000;
const REQUEST_MS = 10_000;
/** Longer than the pause between two scrapes of Prometheus' default, 60 s. */
const KEEP_ALIVE_MS = 65_000;
const CONNECTIONS_CHECK_MS = 5_000;
const MAX_CONNECTIONS_COUNT = 128;
const CLOSE_GRACE_MS = 500;

/**
 * Resolves once the address accepts connections. Who may ask is the listener's to judge.
 *
 * @throws FluidscopeError `<program>.listen`, `<program>.tls` when the address or the certificate cannot be used
 */
export async function openServer(options: OpenServerOptions): Promise<Server> {
  const server = createAnyServer(options);
  server.maxConnections = MAX_CONNECTIONS_COUNT;
  await startListening(server, options);
  return server;
}

/** Stops listening at once, and waits a moment for what is being answered. */
export async function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const grace = setTimeout(() => server.closeAllConnections(), CLOSE_GRACE_MS);
  await closed;
  clearTimeout(grace);
}

function createAnyServer({ listener, tls, program }: OpenServerOptions): Server {
  const limits: ServerOptions = {
    maxHeaderSize: MAX_HEADERS_BYTES,
    headersTimeout: HEADERS_MS,
    requestTimeout: REQUEST_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    connectionsCheckingInterval: CONNECTIONS_CHECK_MS,
  };
  if (tls === undefined) return createServer(limits, listener);
  try {
    return createTlsServer(
      { ...limits, cert: tls.certPem, key: tls.keyPem, minVersion: 'TLSv1.2' },
      listener,
    );
  } catch (cause) {
    throw new FluidscopeError(`Expected a certificate and its key in PEM but received: ${messageOf(cause)}`, {
      code: `${program}.tls`,
      hint: 'Give the whole chain with --tls-cert and its private key with --tls-key.',
      cause,
    });
  }
}

function startListening(server: Server, { listen, program }: OpenServerOptions): Promise<void> {
  const { host, port } = listen;
  return new Promise((resolve, reject) => {
    const refuse = (cause: Error): void => {
      reject(
        new FluidscopeError(`Expected to listen on ${host} port ${port} but received: ${messageOf(cause)}`, {
          code: `${program}.listen`,
          hint: 'Choose another address with --listen, or port 0 for any free one.',
          cause,
        }),
      );
    };
    server.once('error', refuse);
    server.listen({ host, port }, () => {
      server.off('error', refuse);
      resolve();
    });
  });
}
