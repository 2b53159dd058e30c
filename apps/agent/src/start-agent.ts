import { FluidscopeError, messageOf, UsageError } from '@fluidscope/errors';
import { startGpuAgent, type GpuAgent } from '@fluidscope/gpu-agent';
import { attachTelemetryServer, type TelemetryServer, type UpgradeRefusal } from '@fluidscope/telemetry-link';
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerOptions,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { AccessPolicy } from './access-policy.js';
import { judgeExposure } from './exposure.js';
import { HttpError } from './http-error.js';
import { createRequestListener, requireBudget, type RouteParts } from './http-routes.js';
import { urlOf } from './listen-address.js';
import type { AgentOptions } from './options.js';
import { PrometheusPage } from './prometheus-page.js';
import { RequestBudget } from './request-budget.js';

/** A running agent. */
export interface RunningAgent {
  /** Without a path: `http://127.0.0.1:7420`. */
  readonly url: string;
  readonly host: string;
  readonly port: number;
  readonly agent: GpuAgent;
  /** Disconnects everyone, stops listening, then ends the sampling. Later calls return the first one's promise. */
  close(): Promise<void>;
}

/** What one client can hold or send is bounded before anything of it is looked at. */
const MAX_HEADERS_BYTES = 8_192;
const HEADERS_MS = 5_000;
const REQUEST_MS = 10_000;
/** Longer than the pause between two scrapes of Prometheus' default, 60 s. */
const KEEP_ALIVE_MS = 65_000;
const CONNECTIONS_CHECK_MS = 5_000;
const MAX_CONNECTIONS_COUNT = 128;
const REQUESTS_PER_S = 20;
const CLOSE_GRACE_MS = 500;

/**
 * Starts sampling and serving, and resolves once the address accepts connections.
 *
 * @throws UsageError for an address that others reach without a token and TLS, and for options out of range; FluidscopeError
 *   `agent.listen`, `agent.tls` when the address or the certificate cannot be used
 */
export async function startAgent(options: AgentOptions): Promise<RunningAgent> {
  requireSafeExposure(options);
  const agent = options.source ?? startGpuAgent(options.gpuAgent);
  try {
    return await serve(agent, options);
  } catch (thrown) {
    agent[Symbol.dispose]();
    throw thrown;
  }
}

function requireSafeExposure({
  listen,
  token,
  tls,
  isInsecureAllowed = false,
  onWarning,
}: AgentOptions): void {
  const { problem, warning } = judgeExposure({
    host: listen.host,
    hasToken: token !== undefined,
    hasTls: tls !== undefined,
    isInsecureAllowed,
  });
  if (problem !== undefined) throw new UsageError([problem]);
  if (warning !== undefined) onWarning?.(warning);
}

async function serve(agent: GpuAgent, options: AgentOptions): Promise<RunningAgent> {
  const { listen, tls, requestsPerS = REQUESTS_PER_S } = options;
  const onWarning = (message: string) => options.onWarning?.(message);
  const access = new AccessPolicy({
    token: options.token,
    allowedHosts: options.allowedHosts ?? [],
    allowedOrigins: options.allowedOrigins ?? [],
  });
  const budget = new RequestBudget(requestsPerS);
  const monoNowNs = () => process.hrtime.bigint();
  const page = new PrometheusPage(agent, monoNowNs);
  const server = createAnyServer(createRequestListener({ agent, page, access, budget, onWarning }), tls);
  server.maxConnections = MAX_CONNECTIONS_COUNT;
  await startListening(server, listen);
  // Out of file descriptors, say: connections are refused, those that are open go on.
  server.on('error', (error) => onWarning(`accepting connections failed: ${error.message}`));
  const link = attachTelemetryServer({
    httpServer: server,
    source: agent,
    monoNowNs,
    limits: options.linkLimits ?? {},
    authorise: (request) => upgradeRefusal(request, { agent, budget, access }) ?? true,
    originAllowed: (origin) => access.isOriginAllowed(origin),
  });
  page.addLink(link);
  const { port } = server.address() as AddressInfo;
  let closing: Promise<void> | undefined;
  return {
    url: urlOf({ host: listen.host, port }, tls === undefined ? 'http' : 'https'),
    host: listen.host,
    port,
    agent,
    close: () => (closing ??= shutDown(server, link, agent)),
  };
}

/** Upgrades count as requests, or tokens could be tried here without a bound. */
function upgradeRefusal(
  request: IncomingMessage,
  parts: Pick<RouteParts, 'agent' | 'budget' | 'access'>,
): UpgradeRefusal | undefined {
  try {
    requireBudget(request, parts);
    parts.access.requireKnownSource(request);
    parts.access.requireToken(request);
    return undefined;
  } catch (thrown) {
    if (!(thrown instanceof HttpError)) throw thrown;
    const { httpStatus, code, message, details } = thrown;
    const { hint, headers = {} } = details;
    return { httpStatus, code, message, headers, ...(hint === undefined ? {} : { hint }) };
  }
}

function createAnyServer(listener: RequestListener, tls: AgentOptions['tls']): Server {
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
      code: 'agent.tls',
      hint: 'Give the whole chain with --tls-cert and its private key with --tls-key.',
      cause,
    });
  }
}

function startListening(server: Server, { host, port }: AgentOptions['listen']): Promise<void> {
  return new Promise((resolve, reject) => {
    const refuse = (cause: Error): void => {
      reject(
        new FluidscopeError(`Expected to listen on ${host} port ${port} but received: ${messageOf(cause)}`, {
          code: 'agent.listen',
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

async function shutDown(server: Server, link: TelemetryServer, agent: GpuAgent): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  link.close();
  server.closeIdleConnections();
  const grace = setTimeout(() => server.closeAllConnections(), CLOSE_GRACE_MS);
  await closed;
  clearTimeout(grace);
  agent[Symbol.dispose]();
}
