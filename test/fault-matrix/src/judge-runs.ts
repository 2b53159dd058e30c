import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { RunOutcome } from './run-outcome.js';
import type { RunSpec } from './run-spec.js';
import type { Reply } from './worker.js';

/** What came of the runs, and the runs that ended with an error instead. */
export interface JudgedRuns {
  readonly outcomes: readonly RunOutcome[];
  readonly failures: readonly { readonly spec: RunSpec; readonly error: string }[];
}

/** Judges runs on a few threads, and says after each how far it is. The order of what it returns is that of the runs. */
export async function judgeRuns(
  specs: readonly RunSpec[],
  threadsCount: number,
  onProgress: (doneCount: number) => void,
): Promise<JudgedRuns> {
  const replies = new Map<RunSpec, Reply>();
  const waiting = [...specs];
  const work = async (): Promise<void> => {
    const worker = new Worker(new URL('worker.js', import.meta.url));
    for (let spec = waiting.shift(); spec !== undefined; spec = waiting.shift()) {
      worker.postMessage(spec);
      const [reply] = (await once(worker, 'message')) as [Reply];
      replies.set(spec, reply);
      onProgress(replies.size);
    }
    await worker.terminate();
  };
  await Promise.all(Array.from({ length: Math.min(threadsCount, specs.length) }, work));
  const inOrder = specs.map((spec) => ({ spec, reply: replies.get(spec) }));
  return {
    outcomes: inOrder.flatMap(({ reply }) => (reply?.ok === true ? reply.outcomes : [])),
    failures: inOrder.flatMap(({ spec, reply }) =>
      reply?.ok === false ? [{ spec, error: reply.error }] : [],
    ),
  };
}
