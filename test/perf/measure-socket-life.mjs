// Opens and ends many connections and says what they leave behind.
// usage: node measure-socket-life.mjs CONNECTIONS
import { readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { setImmediate as turn, setTimeout as delay } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { ArrivalSockets } from '@fluidscope/tcp-arrival';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc');
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
await live(connectionsCount / 10);
const before = await settled();
await live((connectionsCount * 9) / 10);
const after = await settled();
console.log(
  JSON.stringify({
    descriptors_grown_count: after.descriptors - before.descriptors,
    rss_grown_bytes: after.rss - before.rss,
    heap_grown_bytes: after.heap - before.heap,
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
    collectGarbage();
    await turn();
  }
  const { rss, heapUsed } = process.memoryUsage();
  return { rss, heap: heapUsed, descriptors: readdirSync('/proc/self/fd').length };
}
