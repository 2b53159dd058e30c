import { createHash, timingSafeEqual } from 'node:crypto';
import { UNAUTHORISED } from '@fluidscope/telemetry-link';
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { HttpError } from './http-error.js';

export interface AccessOptions {
  readonly token: string | undefined;
  /** Names, beside localhost and this machine's own, under which clients may address the agent. */
  readonly allowedHosts: readonly string[];
  /** Origins of web pages that may read it. */
  readonly allowedOrigins: readonly string[];
}

/**
 * Who may read.
 *
 * 1. A browser can be led here by a name that an attacker points at this address (DNS rebinding). Only a name can do that: `Host` must be
 *    an IP address or a name that is known.
 * 2. A page of another origin may not read, not even from loopback: `Origin` must be allowed by name.
 * 3. The token's comparison takes the same time whatever was sent: both sides are hashed, then compared in constant time.
 */
export class AccessPolicy {
  readonly #tokenHash: Buffer | undefined;
  readonly #hosts: ReadonlySet<string>;
  readonly #origins: ReadonlySet<string>;

  constructor({ token, allowedHosts, allowedOrigins }: AccessOptions) {
    this.#tokenHash = token === undefined ? undefined : hashOf(token);
    this.#hosts = new Set(['localhost', hostname(), ...allowedHosts].map((name) => name.toLowerCase()));
    this.#origins = new Set(allowedOrigins.map((origin) => origin.toLowerCase()));
  }

  /** Throws the answer for a request that may not come in at all. */
  requireKnownSource({ headers }: IncomingMessage): void {
    if (!this.isHostKnown(headers.host)) {
      throw new HttpError(403, 'Expected a known name or an address in Host', {
        hint: 'Address the agent by its IP address, or start it with --allow-host for the name that you use.',
      });
    }
    if (headers.origin !== undefined && !this.isOriginAllowed(headers.origin)) {
      throw new HttpError(403, 'Expected an allowed Origin, or none', {
        hint: 'The agent takes pages that its --allow-origin names.',
      });
    }
  }

  requireToken(request: IncomingMessage): void {
    if (this.hasToken(request)) return;
    throw new HttpError(401, UNAUTHORISED.message, UNAUTHORISED);
  }

  isHostKnown(header: string | undefined): boolean {
    const name = (header ?? '')
      .replace(/:\d+$/, '')
      .replace(/^\[(.*)\]$/, '$1')
      .toLowerCase();
    return isIP(name) !== 0 || this.#hosts.has(name);
  }

  isOriginAllowed(origin: string): boolean {
    return this.#origins.has(origin.toLowerCase());
  }

  /** True where no token is asked for. */
  hasToken({ headers }: IncomingMessage): boolean {
    if (this.#tokenHash === undefined) return true;
    const [, sent = ''] = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '') ?? [];
    return timingSafeEqual(hashOf(sent), this.#tokenHash);
  }
}

function hashOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
