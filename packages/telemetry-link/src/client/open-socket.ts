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
