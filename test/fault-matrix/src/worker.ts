import { parentPort } from 'node:worker_threads';
import { judgeRun } from './cached-runs.js';
import type { RunOutcome } from './run-outcome.js';
import type { RunSpec } from './run-spec.js';

/** A thread of the pool: judges one run after another. */
export type Reply =
  | { readonly ok: true; readonly outcomes: readonly RunOutcome[] }
  | { readonly ok: false; readonly error: string };

parentPort?.on('message', (spec: RunSpec) => {
  judgeRun(spec).then(
    (outcomes) => parentPort?.postMessage({ ok: true, outcomes } satisfies Reply),
    (error: unknown) =>
      parentPort?.postMessage({
        ok: false,
        error: error instanceof Error ? (error.stack ?? error.message) : String(error),
      } satisfies Reply),
  );
});
