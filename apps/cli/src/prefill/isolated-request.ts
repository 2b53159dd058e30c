import type { LlmClient, LlmOutcome } from '@fluidscope/llm-client';
import { elapsedNs, type DurationNs, type RunNs } from '@fluidscope/units';
import type { Prompt } from '@fluidscope/workload';
import { setTimeout as delay } from 'node:timers/promises';

export interface IsolatedAnswer {
  /** From the actual send to the first token; `undefined` without one. */
  readonly ttftNs: DurationNs | undefined;
  readonly outcome: LlmOutcome;
}

/** A server that says "later" is asked again, so often at most. */
const MOST_ATTEMPTS_COUNT = 6;
const LONGEST_WAIT_S = 120;

/** Sends one request while nothing else is under way and waits for its end; waits where the server says how long. */
export async function sendIsolated(
  client: LlmClient,
  { requestId, prompt }: { readonly requestId: string; readonly prompt: Prompt },
  signal: AbortSignal,
): Promise<IsolatedAnswer> {
  for (let attempt = 1; ; attempt += 1) {
    let sentNs: RunNs | undefined;
    let firstNs: RunNs | undefined;
    const outcome = await client.send(
      { requestId, prompt, maxOutputTokens: 1, ignoreEos: true },
      {
        onSent: (atNs) => (sentNs = atNs),
        onChunk: ({ kind, arrivalNs }) => {
          if (kind !== 'none') firstNs ??= arrivalNs;
        },
      },
      signal,
    );
    const waitS = outcome.retryAfterS;
    if (waitS === undefined || waitS > LONGEST_WAIT_S || attempt === MOST_ATTEMPTS_COUNT || signal.aborted) {
      const ttftNs = outcome.status === 'ok' ? betweenNs(sentNs, firstNs) : undefined;
      return { ttftNs, outcome };
    }
    await delay(1_000 * waitS, undefined, { signal }).catch(() => undefined);
  }
}

function betweenNs(fromNs: RunNs | undefined, toNs: RunNs | undefined): DurationNs | undefined {
  return fromNs === undefined || toNs === undefined ? undefined : elapsedNs(fromNs, toNs);
}

/** Whether the server took offence at the request itself, most likely at its length: asking again would change nothing. */
export function isRefusal({ status, httpStatus }: Pick<LlmOutcome, 'status' | 'httpStatus'>): boolean {
  return status === 'error' && (httpStatus === 400 || httpStatus === 413 || httpStatus === 422);
}
