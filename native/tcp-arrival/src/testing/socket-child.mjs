// Opens sockets, reads on one of them, and ends in the way that the argument names.
import { createServer } from 'node:net';
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';
import { ArrivalSockets } from '../../dist/index.js';

const ending = isMainThread ? process.argv[2] : workerData;

if (isMainThread && (ending === 'terminate' || ending === 'idle-worker')) {
  const worker = new Worker(new URL(import.meta.url), {
    workerData: ending === 'terminate' ? 'stay' : 'idle',
  });
  worker.once('message', () => {
    if (ending === 'terminate') void worker.terminate();
  });
} else {
  const server = createServer((peer) => {
    peer.on('error', () => undefined);
    peer.unref();
    setInterval(() => peer.write('token'), 1).unref();
  });
  server.listen(0, '127.0.0.1', () => {
    server.unref();
    const sockets = ArrivalSockets.open(process.hrtime.bigint());
    const { port } = server.address();
    const lookup = (_host, _options, callback) => callback(null, [{ address: '127.0.0.1', family: 4 }]);
    for (let index = 0; index < 20; index += 1) {
      const socket = sockets.connect({ host: 'localhost', port, lookup });
      socket.on('error', () => undefined);
      if (ending === 'idle') socket.once('data', () => socket.unref());
      else if (index === 0) socket.once('data', end);
      else socket.resume();
      if (index === 0 && ending === 'idle') socket.once('data', () => parentPort?.postMessage('idle'));
    }
  });
}

function end() {
  parentPort?.postMessage('streams');
  if (ending === 'exit') process.exit(7);
  else if (ending === 'sigterm') process.kill(process.pid, 'SIGTERM');
  else if (ending === 'uncaught') throw new Error('on purpose');
}
