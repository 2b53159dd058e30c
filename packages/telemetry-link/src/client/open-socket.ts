import { FluidscopeError } from '@fluidscope/errors';
import { WebSocket } from 'ws';

/** How an agent is spoken to. */
export interface AgentAccess {
  /** Sent as `Authorization: Bearer`. */
  readonly token?: string;
  readonly tls?: { readonly ca?: string | Buffer; readonly rejectUnauthorized?: boolean };
}

const HANDSHAKE_MS = 5_000;
/** Far above any frame or description: what is larger comes from no agent. */
const MAX_MESSAGE_BYTES = 16 * 1_048_576;

/** A socket on its way: nothing of it is compressed, for frames are dense and probes must not wait. */
export function openSocket(url: URL, { token, tls = {} }: AgentAccess): WebSocket {
  return new WebSocket(url, {
    perMessageDeflate: false,
    handshakeTimeout: HANDSHAKE_MS,
    maxPayload: MAX_MESSAGE_BYTES,
    ...(token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } }),
    ...tls,
  });
}

/** Why an agent did not take the connection, from the HTTP status that it answered. */
export function refusedError(url: URL, status: number): FluidscopeError {
  const wanted = `Expected an agent at ${url.origin} to stream but it answered ${status}`;
  switch (status) {
    case 401:
      return new FluidscopeError(wanted, {
        code: 'link.unauthorised',
        hint: 'Give the token that the agent was started with, by --agent-token or FLUIDSCOPE_AGENT_TOKEN.',
      });
    case 503:
      return new FluidscopeError(wanted, {
        code: 'link.agent-full',
        hint: 'It has as many readers as it allows: end one of them.',
      });
    default:
      return new FluidscopeError(wanted, {
        code: 'link.not-an-agent',
        hint: 'Check the address and port: fluidscope agent prints where it listens.',
      });
  }
}

/** Why there was no connection, from the system's error. */
export function unreachableError(url: URL, cause: Error): FluidscopeError {
  return new FluidscopeError(`Expected an agent at ${url.origin} but could not connect: ${cause.message}`, {
    code: 'link.unreachable',
    hint: 'Start it with fluidscope agent --listen HOST:PORT, and check address, firewall and TLS.',
    cause,
  });
}
