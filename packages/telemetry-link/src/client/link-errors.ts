import { FluidscopeError } from '@fluidscope/errors';

/** Why an agent did not take the connection, from the HTTP status that it answered. */
export function refusedError(url: URL, status: number): FluidscopeError {
  const wanted = `Expected an agent at ${url.origin} to stream but it answered ${status}`;
  switch (status) {
    case 401:
      return new FluidscopeError(wanted, {
        code: 'link.unauthorised',
        hint: 'Give the token that the agent was started with, by --agent-token-file, --agent-token or FLUIDSCOPE_AGENT_TOKEN.',
      });
    case 403:
      return new FluidscopeError(wanted, {
        code: 'link.refused',
        hint: 'Address it by its IP or host name, or start it with --allow-host for the name that you use.',
      });
    case 429:
      return new FluidscopeError(wanted, {
        code: 'link.over-rate',
        hint: 'It was asked too often from this address: wait a second.',
      });
    case 503:
      return new FluidscopeError(wanted, {
        code: 'link.agent-full',
        hint: 'It has as many readers as it allows: end one of them, or start it with a larger --max-readers.',
      });
    default:
      return new FluidscopeError(wanted, {
        code: 'link.not-an-agent',
        hint: 'Check the address and port: fluidscope agent prints where it listens.',
      });
  }
}

/** OpenSSL's and Node's words for a certificate that is not to be trusted. */
const UNKNOWN_AUTHORITY =
  /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT(_LOCALLY)?)$/;
const OTHER_TLS = /^(ERR_TLS|ERR_SSL|CERT_|EPROTO)/;

/** Why there was no connection, from the system's error. */
export function unreachableError(url: URL, cause: Error): FluidscopeError {
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : '';
  const tlsHint = tlsHintOf(url, code);
  return new FluidscopeError(`Expected an agent at ${url.origin} but could not connect: ${cause.message}`, {
    code: tlsHint === undefined ? 'link.unreachable' : 'link.untrusted',
    hint:
      tlsHint ?? 'Start it with fluidscope agent --listen HOST:PORT, and check address, firewall and TLS.',
    cause,
  });
}

function tlsHintOf({ protocol, hostname }: URL, code: string): string | undefined {
  if (protocol !== 'wss:') return undefined;
  if (UNKNOWN_AUTHORITY.test(code))
    return 'Nobody known signed its certificate: give that certificate, or its authority’s, by --agent-ca FILE.';
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return `Its certificate is for other names: address the agent by one of them, or let it name ${hostname} (subjectAltName).`;
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID')
    return 'Renew the certificate on the agent’s host, and check both clocks’ dates.';
  if (OTHER_TLS.test(code)) return 'Does it speak TLS? Without --tls-cert its address begins with ws://.';
  return undefined;
}
