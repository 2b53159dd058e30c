// Opens a sampler on the library that is the first argument and ends in the way that the second one names; `hung`: once NVML's start hangs.
import { writeSync } from 'node:fs';
import { Worker, isMainThread, workerData } from 'node:worker_threads';
import { openSampler } from '../../dist/index.js';

const [library, ending] = isMainThread ? process.argv.slice(2) : workerData;

if (isMainThread && ending === 'worker') {
  const worker = new Worker(new URL(import.meta.url), { workerData: [library, 'streams'] });
  worker.once('message', async () => {
    await worker.terminate();
    writeSync(1, 'terminated\n');
  });
} else {
  let records = 0;
  const sampler = openSampler(
    {
      onRecords(buffer) {
        if (records === 0) void streams();
        records += buffer.length;
      },
      onEvent({ state }) {
        if (ending === 'hung' && state === 'stalled_starting') sampler.close();
      },
    },
    { library, calibrationMs: 0, flushIntervalMs: 5, stallMs: 50 },
  );
  async function streams() {
    if (!isMainThread) (await import('node:worker_threads')).parentPort.postMessage('streams');
    else if (ending === 'exit') process.exit(7);
    else if (ending === 'sigterm') process.kill(process.pid, 'SIGTERM');
    else if (ending === 'uncaught') throw new Error('on purpose');
    else sampler.close();
  }
}
