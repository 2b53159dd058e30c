import { UsageError } from '@fluidscope/errors';
import type { Duplex } from 'node:stream';

/** An HTTP proxy that opens tunnels (CONNECT). */
export interface Proxy {
  readonly host: string;
  readonly port: number;
  /** `Proxy-Authorization`. */
  readonly authorization: string | undefined;
}

export interface TunnelTarget {
  readonly host: string;
  readonly port: number;
}

/** Of the error when a proxy gives no tunnel: nothing was wrong with the server behind it, as far as anybody knows. */
export const NO_TUNNEL = 'PROXY_NO_TUNNEL';

const DEFAULT_PORT = 80;
const MOST_HEAD_BYTES = 16_384;
const HEAD_END = '\r\n\r\n';

/** Throws `UsageError` for anything but `http://[user:password@]host[:port]`. */
export function readProxy(url: string): Proxy {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (
    parsed?.protocol !== 'http:' ||
    parsed.hostname === '' ||
    !/^\/?$/.test(parsed.pathname + parsed.search)
  ) {
    throw new UsageError(['Expected the proxy as http://host:port but received another address'], {
      hint: 'Tunnels to https servers go through such a proxy, too; the proxy itself is spoken to without TLS.',
    });
  }
  const user = decodeURIComponent(parsed.username);
  const secret = `${user}:${decodeURIComponent(parsed.password)}`;
  return {
    host: parsed.hostname.replace(/^\[|\]$/g, ''),
    port: parsed.port === '' ? DEFAULT_PORT : Number(parsed.port),
    authorization: user === '' ? undefined : `Basic ${Buffer.from(secret).toString('base64')}`,
  };
}

/**
 * Asks the proxy at the other end of `carrier` for a tunnel (RFC 9110, 9.3.6). `done` is called once, with an error of code `NO_TUNNEL` where there is
 * none; after success nothing of the tunnel's bytes has been read. Errors of `carrier` itself are its owner's, and end the asking.
 */
export function openTunnel(
  carrier: Duplex,
  { target, authorization }: { readonly target: TunnelTarget; readonly authorization: string | undefined },
  done: (error: Error | null) => void,
): void {
  let head = '';
  const settle = (error: Error | null): void => {
    carrier.off('readable', onReadable).off('end', onEnd);
    // By then the stream has forgotten that somebody read it by hand, and whoever comes next may read it otherwise.
    setImmediate(done, error);
  };
  const onEnd = (): void => settle(noTunnel('it closed the connection before it answered'));
  const onReadable = (): void => {
    for (let bytes = read(carrier); bytes !== null; bytes = read(carrier)) head += bytes.toString('latin1');
    if (!head.includes(HEAD_END)) {
      if (head.length > MOST_HEAD_BYTES) settle(noTunnel('its answer has no end'));
      return;
    }
    settle(problemOf(head));
  };
  carrier.on('readable', onReadable).on('end', onEnd);
  const authority = `${target.host.includes(':') ? `[${target.host}]` : target.host}:${target.port}`;
  const secret = authorization === undefined ? '' : `Proxy-Authorization: ${authorization}\r\n`;
  carrier.write(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n${secret}\r\n`);
}

function problemOf(head: string): Error | null {
  const [, status, reason = ''] = /^HTTP\/1\.[01] (\d{3})([^\r\n]*)/.exec(head) ?? [];
  if (status === undefined) return noTunnel('its answer is not HTTP/1.1');
  if (status === '407') return noTunnel('it wants a user and password: http://user:password@host:port');
  if (!status.startsWith('2')) return noTunnel(`it answered ${status}${reason.slice(0, 100)}`);
  // A server speaks only when it is spoken to: bytes behind the head are not its.
  return head.endsWith(HEAD_END) ? null : noTunnel('it sent more than the head of an answer');
}

function read(carrier: Duplex): Buffer | null {
  const bytes: unknown = carrier.read();
  return Buffer.isBuffer(bytes) ? bytes : null;
}

function noTunnel(why: string): Error {
  return Object.assign(new Error(`The proxy opens no tunnel: ${why}`), { code: NO_TUNNEL });
}
