import { isIP } from 'node:net';

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

const ADDRESS = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/;
const MAX_PORT = 65_535;

/** Reads `127.0.0.1:7420`, `localhost:0`, `[::1]:7420`. A port alone is refused: it would leave open who may connect. */
export function parseListenAddress(text: string): ListenAddress | { readonly problem: string } {
  const [, v6, name, digits] = ADDRESS.exec(text.trim()) ?? [];
  const host = v6 ?? name;
  const port = Number(digits);
  if (host === undefined || port > MAX_PORT || (v6 !== undefined && isIP(v6) !== 6)) {
    return {
      problem: `expected an address with its port, such as 127.0.0.1:7420 or [::1]:7420, but received "${text}"`,
    };
  }
  return { host, port };
}

/** Whether only this machine can connect. A name other than localhost may resolve to anything, so it does not count. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

export function urlOf({ host, port }: ListenAddress, scheme: 'http' | 'https'): string {
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
