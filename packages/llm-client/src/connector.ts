import { X509Certificate } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { createSecureContext, rootCertificates, type SecureContext } from 'node:tls';
import { buildConnector } from 'undici';
import { messageOf, UsageError } from '@fluidscope/errors';
import { openTunnel, type Proxy } from './proxy-tunnel.js';
import { sharedLookup } from './shared-lookup.js';
import type { StampedSocket, StampedSockets } from './stamped-sockets.js';

/**
 * How sockets are made. The seam for sockets of another kind: anything that hands undici a connected Duplex.
 */
export type Connector = buildConnector.connector;

export interface TlsOptions {
  /** PEM text of certificate authorities to trust beside Node's own. */
  readonly caPem?: string;
  /** Accept any certificate. */
  readonly insecure?: boolean;
}

/** After this Node gives up on one of several addresses: its 250 ms are less than a busy loop may take. */
const ADDRESS_ATTEMPT_MS = 2_000;

/** TCP (with TCP_NODELAY) or TLS, by the URL's scheme. Throws `UsageError` when `caPem` holds no certificate. */
export function defaultConnector(tls: TlsOptions): Connector {
  return buildConnector({
    // The exchange limits connecting; undici's own timer is half a second coarse.
    timeout: 0,
    allowH2: false,
    autoSelectFamilyAttemptTimeout: ADDRESS_ATTEMPT_MS,
    lookup: sharedLookup(),
    rejectUnauthorized: tls.insecure !== true,
    ...(tls.caPem === undefined ? {} : { secureContext: contextWith(tls.caPem) }),
  });
}

const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 };

/** Node's sockets as that port: what they read is stamped when it is handed over. */
function nodeSockets(): StampedSockets {
  const lookup = sharedLookup();
  return {
    connect: ({ host, port }) =>
      connect({ host, port, lookup, noDelay: true, autoSelectFamilyAttemptTimeout: ADDRESS_ATTEMPT_MS }),
    follow: () => undefined,
    carry: () => undefined,
    hasPeerEnded: (stream) => stream.readableEnded,
    stampOf: () => undefined,
  };
}

/** As `defaultConnector`, through a proxy's tunnel. */
export function proxiedConnector(proxy: Proxy, tls: TlsOptions): Connector {
  return stampedConnector(nodeSockets(), tls, proxy);
}

/** As `defaultConnector`, over sockets that stamp what arrives; TLS is Node's own on top of them. With a proxy, through its tunnel. */
export function stampedConnector(sockets: StampedSockets, tls: TlsOptions, proxy?: Proxy): Connector {
  const lookup = sharedLookup();
  const secure = defaultConnector(tls);
  return (target, callback) => {
    const port = target.port === '' ? (DEFAULT_PORTS[target.protocol] ?? 0) : Number(target.port);
    const server = { host: target.hostname, port };
    const { host, port: carrierPort } = proxy ?? server;
    const carrier = sockets.connect({ host, port: carrierPort, lookup });
    // undici names Node's own sockets, and takes any Duplex.
    const given: unknown = carrier;
    const asSocket = given as Socket;
    const fail = (error: Error): void => callback(error, null);
    const proceed = (): void => {
      carrier.off('error', fail);
      if (target.protocol !== 'https:') {
        callback(null, asSocket);
        return;
      }
      // undici's connectors return the socket, which their type does not say.
      const stream: unknown = secure({ ...target, httpSocket: asSocket }, callback);
      if (!(stream instanceof Duplex)) return;
      sockets.follow(stream, carrier);
      holdTogether(stream, carrier);
    };
    carrier.once('error', fail);
    carrier.once('connect', () => {
      if (proxy === undefined) {
        proceed();
        return;
      }
      openTunnel(carrier, { target: server, authorization: proxy.authorization }, (error) => {
        if (error !== null) {
          carrier.destroy();
          fail(error);
        } else if (!carrier.destroyed) proceed();
      });
    });
    return carrier;
  };
}

/** Whether the process waits for a TLS stream is up to its carrier, of which Node's TLS over a stream does not tell it. */
function holdTogether(stream: Duplex, carrier: StampedSocket): void {
  Object.assign(stream, {
    ref: () => {
      carrier.ref();
      return stream;
    },
    unref: () => {
      carrier.unref();
      return stream;
    },
  });
}

/** Made once for all connections: reading some 150 authorities takes milliseconds. */
function contextWith(caPem: string): SecureContext {
  try {
    // A context takes text without a certificate for no authorities, silently.
    new X509Certificate(caPem);
    return createSecureContext({ ca: [...rootCertificates, caPem] });
  } catch (cause) {
    throw new UsageError(
      [`Expected PEM text with a certificate authority but received other text (${messageOf(cause)})`],
      { cause },
    );
  }
}
