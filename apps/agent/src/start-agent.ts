import { startGpuAgent, type GpuAgent } from '@fluidscope/gpu-agent';
import {
  AccessPolicy,
  closeServer,
  HttpError,
  openServer,
  RequestBudget,
  requireSafeExposure,
  urlOf,
} from '@fluidscope/guarded-server';
import {
  attachTelemetryServer,
  UNAUTHORISED,
  type TelemetryServer,
  type UpgradeRefusal,
} from '@fluidscope/telemetry-link';
import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createRequestListener, requireBudget, type RouteParts } from './http-routes.js';
import type { AgentOptions } from './options.js';
import { PrometheusPage } from './prometheus-page.js';

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

const REQUESTS_PER_S = 20;

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

async function serve(agent: GpuAgent, options: AgentOptions): Promise<RunningAgent> {
  const { listen, tls, requestsPerS = REQUESTS_PER_S } = options;
  const onWarning = (message: string) => options.onWarning?.(message);
  const access = new AccessPolicy({
    token: options.token,
    unauthorised: UNAUTHORISED,
    subject: 'the agent',
    allowedHosts: options.allowedHosts ?? [],
    allowedOrigins: options.allowedOrigins ?? [],
  });
  const budget = new RequestBudget(requestsPerS);
  const monoNowNs = () => process.hrtime.bigint();
  const page = new PrometheusPage(agent, monoNowNs);
  const listener = createRequestListener({ agent, page, access, budget, onWarning });
  const server = await openServer({ listen, tls, listener, program: 'agent' });
  // Out of file descriptors, say: connections are refused, those that are open go on.
  server.on('error', (error) => onWarning(`accepting connections failed: ${error.message}`));
  const link = attachTelemetryServer({
    httpServer: server,
    source: agent,
    monoNowNs,
    limits: options.linkLimits ?? {},
    authorise: (request) => upgradeRefusal(request, { agent, budget, access }) ?? true,
    originAllowed: (origin, request) => access.isOriginAllowed(origin, request),
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

async function shutDown(server: Server, link: TelemetryServer, agent: GpuAgent): Promise<void> {
  const closed = closeServer(server);
  link.close();
  await closed;
  agent[Symbol.dispose]();
}
