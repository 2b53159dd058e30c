import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { afterEach, it } from 'vitest';
import { loadAddon } from '../addon.js';
import type { ArrivalSocket } from '../arrival-socket.js';
import { ArrivalSockets, type LookupAll } from '../arrival-sockets.js';

export const availability = loadAddon();
if (!availability.isAvailable) console.log(`Sockets are not tested: ${availability.reason}`);

export const toLoopback: LookupAll = (_host, _options, callback) =>
  callback(null, [{ address: '127.0.0.1', family: 4 }]);

/** What the tests of a file open, closed after each of them. Without the addon `test` skips. */
export function socketsForEachTest() {
  const origin = process.hrtime.bigint();
  const opened: (() => void)[] = [];
  const keep = (close: () => void): void => void opened.push(close);

  afterEach(() => {
    for (const close of opened.splice(0).reverse()) close();
  });

  function openSockets(): ArrivalSockets {
    const sockets = ArrivalSockets.open(origin, availability);
    if (!(sockets instanceof ArrivalSockets)) throw new Error(sockets.reason);
    keep(() => sockets[Symbol.dispose]());
    return sockets;
  }

  /** The port of a server that hands over each connection. */
  async function listening(onConnection: (peer: Socket) => void, host = '127.0.0.1'): Promise<number> {
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (peer) => {
      peer.on('error', () => undefined);
      keep(() => peer.destroy());
      onConnection(peer);
    });
    server.listen(0, host);
    await once(server, 'listening');
    keep(() => server.close());
    return (server.address() as AddressInfo).port;
  }

  async function connected(sockets: ArrivalSockets, port: number): Promise<ArrivalSocket> {
    const socket = sockets.connect({ host: 'localhost', port, lookup: toLoopback });
    await once(socket, 'connect');
    return socket;
  }

  return {
    test: it.skipIf(!availability.isAvailable),
    nowNs: (): number => Number(process.hrtime.bigint() - origin),
    keep,
    openSockets,
    listening,
    connected,
  };
}

/** Until `isTrue`, looking once a millisecond; the test's own limit ends it. */
export async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 1));
}
