/** Entry of the thread that serves the live page of a run: the only file that runs on import. */
import { FluidscopeError } from '@fluidscope/errors';
import type { LiveRun } from '@fluidscope/live-view';
import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { startLive } from '../server/start-live.js';
import type { FromLiveThread, LiveBatch, LiveThreadData, ToLiveThread } from './thread-messages.js';

if (parentPort === null) throw new Error('Expected to be started as a worker thread by openLivePage');
await serve(parentPort);

async function serve(port: MessagePort): Promise<void> {
  const tell = (message: FromLiveThread): void => port.postMessage(message);
  try {
    const live = await startLive(workerData as LiveThreadData, (message) =>
      tell({ kind: 'warning', message }),
    );
    port.on('message', (message: ToLiveThread) => {
      switch (message.kind) {
        case 'batch':
          if (live.run !== undefined) take(live.run, message.batch);
          tell({ kind: 'taken' });
          return;
        case 'ended':
          live.run?.end(message.reason);
          return;
        case 'close':
          void live.close().then(() => port.close());
          return;
      }
    });
    tell({ kind: 'listening', url: live.url });
  } catch (thrown) {
    if (!(thrown instanceof FluidscopeError)) throw thrown;
    const { message, code, hint } = thrown;
    tell({ kind: 'refused', message, code, hint });
    port.close();
  }
}

function take(run: LiveRun, batch: LiveBatch): void {
  switch (batch.kind) {
    case 'starts':
      return run.addStarts(batch.rows);
    case 'chunks':
      return run.addChunks(batch.columns);
    case 'ends':
      return run.addEnds(batch.rows);
    case 'server':
      return run.addServerSamples(batch.rows);
    case 'unseen':
      return run.addUnseen(batch.count);
  }
}
