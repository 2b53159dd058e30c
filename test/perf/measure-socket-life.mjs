// Opens and ends many connections and says what they leave behind.
// usage: node --expose-gc --max-semi-space-size=1 measure-socket-life.mjs CONNECTIONS
// The young generation grows to its limit and comes back as the collector likes, which says nothing of connections: it is kept small.
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { setImmediate as turn, setTimeout as delay } from 'node:timers/promises';
import { ArrivalSockets } from '@fluidscope/tcp-arrival';

const connectionsCount = Number(process.argv[2]);
const lookup = (_host, _options, callback) => callback(null, [{ address: '127.0.0.1', family: 4 }]);

/** How the server leaves, in turn; the last one stays until the client goes. */
const LEAVES = [(peer) => peer.destroy(), (peer) => peer.resetAndDestroy(), (peer) => peer.end(), () => {}];
let acceptedCount = 0;
const server = createServer((peer) => {
  peer.on('error', () => {}).resume();
  peer.write('x'.repeat(500), () => LEAVES[acceptedCount++ % LEAVES.length](peer));
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const { port } = server.address();
const sockets = ArrivalSockets.open(process.hrtime.bigint());
if (!(sockets instanceof ArrivalSockets)) throw new Error(sockets.reason);
sockets.startSampling({ periodMs: 200 });

const startMs = performance.now();
const seen = [];
for (let third = 0; third < 3; third += 1) {
  await live(connectionsCount / 3);
  seen.push(await settled());
}
const [first, second, last] = seen;
console.log(
  JSON.stringify({
    descriptors_grown_count: last.descriptors - first.descriptors,
    held_count: last.held,
    private_first_bytes: first.privateBytes,
    private_second_bytes: second.privateBytes,
    private_last_bytes: last.privateBytes,
    private_grown_last_third_bytes: last.privateBytes - second.privateBytes,
    heap_grown_bytes: last.heapBytes - first.heapBytes,
    connections_per_s: connectionsCount / ((performance.now() - startMs) / 1000),
  }),
);
sockets[Symbol.dispose]();
server.close();

async function live(count) {
  for (let index = 0; index < count; index += 4) {
    await Promise.all([0, 1, 2, 3].map((way) => liveOnce(way + index)));
    sockets.takeSamples();
  }
}

/** A client's ways: until the server leaves, at the first byte, at once, or half-closed. */
async function liveOnce(index) {
  const socket = sockets.connect({ host: 'localhost', port, lookup });
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.on('error', () => {});
  const way = Math.floor(index / 4) % 4;
  if (way === 0) socket.resume().once('data', () => setTimeout(() => socket.destroy(), 5));
  if (way === 1) socket.once('data', () => socket.destroy());
  if (way === 2) setImmediate(() => socket.destroy());
  if (way === 3) socket.resume().end('bye');
  await closed;
}

async function settled() {
  await delay(500);
  for (let round = 0; round < 5; round += 1) {
    globalThis.gc();
    sockets.takeSamples();
    await turn();
  }
  return {
    privateBytes: 1024 * Number(/^RssAnon:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]),
    heapBytes: process.memoryUsage().heapUsed,
    descriptors: readdirSync('/proc/self/fd').length,
    held: Object.values(sockets.held()).reduce((sum, count) => sum + count, 0),
  };
}
