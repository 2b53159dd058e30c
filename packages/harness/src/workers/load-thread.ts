import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import type { FromWorker, ToWorker, WorkerAssignment } from './worker-messages.js';

/** Port: a worker's thread, as the main thread sees it. */
export interface LoadThread {
  post(message: ToWorker): void;
  onMessage(listener: (message: FromWorker) => void): void;
  /** Called once, when the thread is gone; with what it died of, when that was an error. */
  onExit(listener: (error: Error | undefined) => void): void;
  terminate(): void;
}

export type StartLoadThread = (assignment: WorkerAssignment) => LoadThread;

/** A real thread that runs this package as it was built. */
export const startNodeThread: StartLoadThread = (assignment) => {
  // Resolved by name, so that it is the built file also where this one runs as a source under a test runner; for the same
  // reason the thread takes over none of the runner's loader flags.
  const entry = createRequire(import.meta.url).resolve('#load-worker');
  const worker = new Worker(entry, { workerData: assignment, execArgv: [] });
  let error: Error | undefined;
  worker.on('error', (thrown: unknown) => {
    error = thrown instanceof Error ? thrown : new Error(String(thrown));
  });
  return {
    post: (message) => worker.postMessage(message),
    onMessage: (listener) => worker.on('message', listener),
    onExit: (listener) => worker.on('exit', () => listener(error)),
    terminate: () => void worker.terminate(),
  };
};
