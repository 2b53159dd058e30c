/** Entry of a worker's thread: the only file that runs on import. */
import { parentPort, workerData } from 'node:worker_threads';
import { serveLoad } from './serve-load.js';
import type { FromWorker, ToWorker, WorkerAssignment } from './worker-messages.js';

const port = parentPort;
if (port === null) throw new Error('Expected to be started as a worker thread by runLoadInWorkers');

await serveLoad(workerData as WorkerAssignment, {
  post: (message: FromWorker, transfer) => port.postMessage(message, transfer),
  onMessage: (listener: (message: ToWorker) => void) => port.on('message', listener),
});
port.close();
