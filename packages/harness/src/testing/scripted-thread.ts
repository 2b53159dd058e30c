import type { LoadThread } from '../workers/load-thread.js';
import type { FromWorker, ToWorker } from '../workers/worker-messages.js';

/** A worker's thread that says what a test makes it say. */
export class ScriptedThread implements LoadThread {
  readonly heard: ToWorker[] = [];
  isTerminated = false;
  say: (message: FromWorker) => void = () => {};
  #exit: (error: Error | undefined) => void = () => {};

  post(message: ToWorker): void {
    this.heard.push(message);
  }

  onMessage(listener: (message: FromWorker) => void): void {
    this.say = listener;
  }

  onExit(listener: (error: Error | undefined) => void): void {
    this.#exit = listener;
  }

  terminate(): void {
    this.isTerminated = true;
    this.#exit(undefined);
  }

  crash(error: Error | undefined): void {
    this.#exit(error);
  }
}
