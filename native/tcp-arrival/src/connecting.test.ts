import { once } from 'node:events';
import { expect } from 'vitest';
import type { LookupAddress } from 'node:dns';
import type { LookupAll } from './arrival-sockets.js';
import { ConnectAttempts } from './connect-attempts.js';
import { socketsForEachTest, toLoopback } from './testing/sockets-fixture.js';

const { test, keep, openSockets, listening } = socketsForEachTest();

/** Addresses of documentation (RFC 5737, RFC 3849): where there is a route to them at all, nobody answers. */
const SILENT = '192.0.2.1';
const to =
  (...addresses: readonly string[]): LookupAll =>
  (_host, _options, callback) =>
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );

class Driver {
  readonly begun: string[] = [];
  readonly abandoned: number[] = [];
  ends: string[] = [];
  caughtUp: () => void = () => undefined;
  #attempts: ConnectAttempts | undefined;

  get attempts(): ConnectAttempts {
    if (this.#attempts === undefined) throw new Error('start first');
    return this.#attempts;
  }

  /** An address that begins with `!` cannot be tried at all. */
  start(addresses: readonly string[], timeoutMs?: number): ConnectAttempts {
    const places: LookupAddress[] = addresses.map((address) => ({
      address,
      family: address.includes(':') ? 6 : 4,
    }));
    this.#attempts = new ConnectAttempts(places, {
      port: 80,
      timeoutMs,
      driver: {
        begin: ({ address }) => {
          this.begun.push(address);
          return address.startsWith('!') ? -101 : this.begun.length;
        },
        abandon: (attempt) => this.abandoned.push(attempt),
        catchUp: () => this.caughtUp(),
        onConnected: (attempt, { address }) => this.ends.push(`${attempt} ${address}`),
        onFailed: (error) => this.ends.push(String((error as NodeJS.ErrnoException).code)),
      },
    });
    const attempts = this.#attempts;
    keep(() => attempts.cancel());
    attempts.start();
    return attempts;
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

test('tries the families in turn, the next one beside a silent one, and gives up the losers', async () => {
  const driver = new Driver();
  const attempts = driver.start(['a:', 'b:', 'c', 'd']);
  expect(driver.begun).toEqual(['a:']);
  await pause(300);
  expect(driver.begun).toEqual(['a:', 'c']);
  attempts.failed(2, 111);
  expect(driver.begun).toEqual(['a:', 'c', 'b:']);
  attempts.connected(1);
  expect(driver.ends).toEqual(['1 a:']);
  expect(driver.abandoned).toEqual([3]);
  await pause(300);
  expect(driver.begun).toHaveLength(3);
});

test('hears of an answer that came in time before it believes a late timer', async () => {
  const driver = new Driver();
  driver.start(['a', 'b']);
  driver.caughtUp = () => driver.attempts.connected(1);
  await pause(300);
  expect(driver.begun).toEqual(['a']);
  expect(driver.ends).toEqual(['1 a']);
});

test('goes on at once where an address cannot be tried, and ends with the first error', () => {
  const driver = new Driver();
  driver.start(['!a', '!b:', '!c']);
  expect(driver.begun).toEqual(['!a', '!b:', '!c']);
  expect(driver.ends).toEqual(['ENETUNREACH']);
});

test('ends when its time is up, whatever is under way', async () => {
  const driver = new Driver();
  driver.start(['a', 'b'], 300);
  await pause(400);
  expect(driver.ends).toEqual(['ETIMEDOUT']);
  expect(driver.abandoned).toEqual([1, 2]);
});

test('reaches a host of which one family leads nowhere', async () => {
  const port = await listening((peer) => peer.end('here'));
  const sockets = openSockets();
  for (const lookup of [to(SILENT, '127.0.0.1'), to('2001:db8::1', '127.0.0.1'), to('::1', '127.0.0.1')]) {
    const socket = sockets.connect({ host: 'both.test', port, lookup });
    const [bytes] = (await once(socket, 'data')) as [Buffer];
    expect(bytes.toString()).toBe('here');
    expect(socket).toMatchObject({ remoteAddress: '127.0.0.1', remoteFamily: 'IPv4', remotePort: port });
  }
});

test('says as Node does why no address answered', async () => {
  const sockets = openSockets();
  const refused = sockets.connect({ host: '127.0.0.1', port: 1, lookup: toLoopback });
  const [error] = (await once(refused, 'error')) as [Error];
  expect(error).toMatchObject({
    message: 'connect ECONNREFUSED 127.0.0.1:1',
    code: 'ECONNREFUSED',
    syscall: 'connect',
    address: '127.0.0.1',
    port: 1,
  });
  // The broadcast address: the kernel refuses to try it.
  const unreachable = sockets.connect({ host: '255.255.255.255', port: 1, lookup: toLoopback });
  const [unreachableError] = (await once(unreachable, 'error')) as [NodeJS.ErrnoException];
  expect(unreachableError.code).toMatch(/^(ENETUNREACH|EACCES)$/);
  const nowhere = sockets.connect({
    host: 'no.test',
    port: 1,
    lookup: (_host, _options, callback) =>
      callback(Object.assign(new Error('no'), { code: 'ENOTFOUND' }), []),
  });
  expect((await once(nowhere, 'error'))[0]).toMatchObject({ code: 'ENOTFOUND' });
});

test('has its own limit of time, and gives the process back', async () => {
  const sockets = openSockets();
  const socket = sockets.connect({ host: SILENT, port: 80, lookup: toLoopback, timeoutMs: 50 });
  const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
  // Without any route the machine says so at once, and some gateways answer for whom they do not know.
  expect(['ETIMEDOUT', 'ECONNREFUSED', 'ENETUNREACH', 'EHOSTUNREACH']).toContain(error.code);
});
