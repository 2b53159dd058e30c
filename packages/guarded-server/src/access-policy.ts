import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { HttpError, type HttpErrorDetails } from './http-error.js';

export interface AccessOptions {
  readonly token: string | undefined;
  /** What who sends no token, or a wrong one, is answered. */
  readonly unauthorised: { readonly message: string } & HttpErrorDetails;
  /** What serves, in words: `the agent`. */
  readonly subject: string;
  /** Names, beside localhost and this machine's own, under which clients may address the server. */
  readonly allowedHosts: readonly string[];
  /** Origins of web pages that may read it. */
  readonly allowedOrigins: readonly string[];
  /** Whether pages that this server itself gave may read: those whose Origin is the scheme here and the request's Host. */
  readonly ownPagesScheme?: 'http' | 'https' | undefined;
}

/**
 * Who may read.
 *
 * 1. A browser can be led here by a name that an attacker points at this address (DNS rebinding). Only a name can do that: `Host` must be
 *    an IP address or a name that is known.
 * 2. A page of another origin may not read, not even from loopback: `Origin` must be allowed by name, or be the server's own where it has
 *    pages. That is told by `Host`, which rule 1 has vouched for.
 * 3. The token's comparison takes the same time whatever was sent: both sides are hashed, then compared in constant time.
 */
export class AccessPolicy {
  readonly #options: AccessOptions;
  readonly #tokenHash: Buffer | undefined;
  readonly #hosts: ReadonlySet<string>;
  readonly #origins: ReadonlySet<string>;

  constructor(options: AccessOptions) {
    const { token, allowedHosts, allowedOrigins } = options;
    this.#options = options;
    this.#tokenHash = token === undefined ? undefined : hashOf(token);
    this.#hosts = new Set(['localhost', hostname(), ...allowedHosts].map((name) => name.toLowerCase()));
    this.#origins = new Set(allowedOrigins.map((origin) => origin.toLowerCase()));
  }

  /** Throws the answer for a request that may not come in at all. */
  requireKnownSource(request: IncomingMessage): void {
    const { headers } = request;
    const { subject } = this.#options;
    if (!this.isHostKnown(headers.host)) {
      throw new HttpError(403, 'Expected a known name or an address in Host', {
        hint: `Address ${subject} by its IP address, or start it with --allow-host for the name that you use.`,
      });
    }
    if (headers.origin !== undefined && !this.isOriginAllowed(headers.origin, request)) {
      throw new HttpError(403, 'Expected an allowed Origin, or none', {
        hint: `Of other pages, ${subject} takes those that its --allow-origin names.`,
      });
    }
  }

  requireToken(request: IncomingMessage): void {
    if (this.hasToken(request)) return;
    const { message, ...details } = this.#options.unauthorised;
    throw new HttpError(401, message, details);
  }

  isHostKnown(header: string | undefined): boolean {
    const name = (header ?? '')
      .replace(/:\d+$/, '')
      .replace(/^\[(.*)\]$/, '$1')
      .toLowerCase();
    return isIP(name) !== 0 || this.#hosts.has(name);
  }

  isOriginAllowed(origin: string, { headers }: Pick<IncomingMessage, 'headers'>): boolean {
    const name = origin.toLowerCase();
    const { ownPagesScheme } = this.#options;
    const own = ownPagesScheme && `${ownPagesScheme}://${headers.host ?? ''}`.toLowerCase();
    return this.#origins.has(name) || (own === name && this.isHostKnown(headers.host));
  }

  /** True where no token is asked for. */
  hasToken({ headers }: IncomingMessage): boolean {
    const [, sent = ''] = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '') ?? [];
    return this.isToken(sent);
  }

  /** For a token that came by another way than a header. */
  isToken(sent: string): boolean {
    return this.#tokenHash === undefined || timingSafeEqual(hashOf(sent), this.#tokenHash);
  }
}

function hashOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
