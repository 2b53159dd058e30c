import { errors } from 'undici';
import { messageOf } from '@fluidscope/errors';
import type { ErrorCode } from '@fluidscope/trace-schema';
import { formatDuration } from '@fluidscope/units';
import type { ConnectionReuse } from './llm-client.js';
import { NO_TUNNEL } from './proxy-tunnel.js';

/** How far a request had come when its transport failed. */
export interface FailureScene {
  readonly wasSent: boolean;
  /** TCP was up, so that connecting failed in TLS. */
  readonly failedInTls: boolean;
  readonly gotResponse: boolean;
  /** What its socket had carried before; `undefined`: nothing. */
  readonly reuse: ConnectionReuse | undefined;
}

export interface Failure {
  readonly code: Extract<ErrorCode, 'connect' | 'tls' | 'reset' | 'protocol'>;
  readonly message: string;
  /** It broke before a response, on a connection that had been kept alive. */
  readonly brokenReuse?: ConnectionReuse;
}

const TLS_CODE = /^(?:ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO)/;

/** What the transport's error means for a request that had not ended. */
export function transportFailure(error: unknown, scene: FailureScene): Failure {
  const code = errorCodeOf(error);
  const message = describeError(error, code);
  if (TLS_CODE.test(code)) return { code: 'tls', message };
  if (code.startsWith('UND_ERR_INVALID') || code === 'UND_ERR_NOT_SUPPORTED') {
    return { code: 'protocol', message: `The request could not be sent: ${message}` };
  }
  if (code === NO_TUNNEL) return { code: 'connect', message };
  if (!scene.wasSent) return { code: scene.failedInTls ? 'tls' : 'connect', message };
  if (isMalformed(error, code)) return { code: 'protocol', message };
  if (scene.gotResponse) return { code: 'reset', message: `The connection broke in mid-stream: ${message}` };
  const broke = `The connection broke before a response: ${message}`;
  if (scene.reuse === undefined) return { code: 'reset', message: broke };
  return { code: 'reset', message: `${broke} (on ${reuseText(scene.reuse)})`, brokenReuse: scene.reuse };
}

/** A server that closes an idle connection cannot know that a request is on its way to it (RFC 9112, section 9.5). */
function reuseText({ idleNs, earlierRequestsCount }: ConnectionReuse): string {
  const requests = earlierRequestsCount === 1 ? 'one request' : `${earlierRequestsCount} requests`;
  return `a kept-alive connection, idle for ${formatDuration(idleNs)} after ${requests}, that the server may have closed before it had this one`;
}

/**
 * Not HTTP/1.1, headers beyond the limit, or a response to nothing that was asked (100, 101). A body that the
 * connection's end cut short is a broken connection instead.
 */
function isMalformed(error: unknown, code: string): boolean {
  if (code === 'UND_ERR_HEADERS_OVERFLOW') return true;
  if (error instanceof errors.SocketError) return /^bad (?:response|upgrade)$/.test(error.message);
  return error instanceof errors.HTTPParserError && !error.message.includes('Invalid EOF state');
}

function errorCodeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** With several addresses tried, Node's error has no message of its own but holds one for each. */
function describeError(error: unknown, code: string): string {
  const attempts = error instanceof AggregateError ? error.errors.map(messageOf) : [];
  const message = attempts.length > 0 ? [...new Set(attempts)].join('; ') : messageOf(error);
  if (message === '') return code;
  const hint = HINTS[code];
  return hint === undefined ? message : `${message}. ${hint}`;
}

const HINTS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'Nothing listens there: check the host and port, and that the server has finished loading.',
  ENOTFOUND: 'The host name does not resolve: check its spelling.',
  EAI_AGAIN: 'The name server did not answer.',
  EMFILE: 'This process has no file descriptors left: raise the limit (ulimit -n) or lower the concurrency.',
  EADDRNOTAVAIL: 'No local ports are left: lower the rate of new connections or widen ip_local_port_range.',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'Give the certificate as a certificate authority to trust it.',
  SELF_SIGNED_CERT_IN_CHAIN: 'Give the certificate authority to trust it.',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'Give the certificate authority that signed it.',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'Give the certificate authority that signed it.',
  EPROTO: 'The server may not speak TLS on this port: try http://.',
  ERR_SSL_WRONG_VERSION_NUMBER: 'The server does not speak TLS on this port: try http://.',
};
