import { UsageError } from '@fluidscope/errors';
import { isLoopback, type ListenAddress } from './listen-address.js';
import type { TlsFiles } from './open-server.js';

export interface Exposure {
  readonly host: string;
  readonly hasToken: boolean;
  readonly hasTls: boolean;
  /** The user said in so many words that it may be open. */
  readonly isInsecureAllowed: boolean;
}

/** What must be mended before others may connect (`problem`), or what they must know (`warning`). Loopback needs neither. */
export function judgeExposure({ host, hasToken, hasTls, isInsecureAllowed }: Exposure): {
  readonly problem?: string;
  readonly warning?: string;
} {
  if (isLoopback(host) || (hasToken && hasTls)) return {};
  const missing = [...(hasToken ? [] : ['a token']), ...(hasTls ? [] : ['TLS'])].join(' and ');
  if (!isInsecureAllowed) {
    return {
      problem: `expected ${missing} for an address that other machines reach, but ${host} has none; give --token-file and --tls-cert with --tls-key, or say --insecure`,
    };
  }
  const consequence = hasToken
    ? 'the token and all that is served can be read on the way'
    : 'whoever reaches it can read all that is served';
  return { warning: `listening on ${host} without ${missing}: ${consequence} (--insecure)` };
}

/** Throws a `UsageError` for an address that others reach without a token and TLS, unless that was asked for: then it is a warning. */
export function requireSafeExposure({
  listen,
  token,
  tls,
  isInsecureAllowed = false,
  onWarning,
}: {
  readonly listen: ListenAddress;
  readonly token?: string | undefined;
  readonly tls?: TlsFiles | undefined;
  readonly isInsecureAllowed?: boolean | undefined;
  readonly onWarning?: ((message: string) => void) | undefined;
}): void {
  const { problem, warning } = judgeExposure({
    host: listen.host,
    hasToken: token !== undefined,
    hasTls: tls !== undefined,
    isInsecureAllowed,
  });
  if (problem !== undefined) throw new UsageError([problem]);
  if (warning !== undefined) onWarning?.(warning);
}
