import { isLoopback } from './listen-address.js';

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
    ? 'the token and all samples can be read on the way'
    : 'whoever reaches it can read all samples';
  return { warning: `listening on ${host} without ${missing}: ${consequence} (--insecure)` };
}
