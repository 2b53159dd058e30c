import type { LlmClient, LlmOutcome, LlmRequest, StreamChunk, StreamObserver } from '@fluidscope/llm-client';
import { addNs, durationNs, type RunNs } from '@fluidscope/units';
import type { VirtualTime } from './virtual-time.js';

/** What becomes of one request, in virtual time from its send. */
export interface Script {
  /** From the send to each chunk. */
  readonly chunksAfterNs?: readonly number[];
  readonly chunk?: (seq: number) => Partial<StreamChunk>;
  readonly endsAfterNs: number;
  readonly outcome?: Partial<LlmOutcome>;
}

const OK: Omit<LlmOutcome, 'endedNs'> = {
  status: 'ok',
  errorCode: undefined,
  httpStatus: 200,
  errorMessage: undefined,
  responseId: undefined,
  finishReason: 'stop',
  usagePromptTokens: undefined,
  usageOutputTokens: undefined,
  retryAfterS: undefined,
};

/** An endpoint in virtual time, for what depends on the schedule alone; the real client is tested on real HTTP. */
export class ScriptedClient implements LlmClient {
  readonly sent: { readonly requestId: string; readonly atNs: RunNs }[] = [];
  readonly #time: VirtualTime;
  readonly #scriptOf: (request: LlmRequest, index: number) => Script;

  constructor(time: VirtualTime, scriptOf: (request: LlmRequest, index: number) => Script) {
    this.#time = time;
    this.#scriptOf = scriptOf;
  }

  async send(request: LlmRequest, observer: StreamObserver, signal: AbortSignal): Promise<LlmOutcome> {
    const time = this.#time;
    const script = this.#scriptOf(request, this.sent.length);
    const sentNs = time.nowNs();
    this.sent.push({ requestId: request.requestId, atNs: sentNs });
    observer.onSent(sentNs);
    const chunks = (script.chunksAfterNs ?? []).map((afterNs, seq) =>
      time.callAt(addNs(sentNs, durationNs(afterNs)), () =>
        observer.onChunk({
          arrivalNs: time.nowNs(),
          stampSource: 'user',
          errorNs: Number.NaN,
          kind: 'content',
          text: `t${seq} `,
          usageOutputTokensSoFar: undefined,
          ...script.chunk?.(seq),
        }),
      ),
    );
    return new Promise((resolve) => {
      const end = (outcome: Partial<LlmOutcome>): void => {
        ending.cancel();
        for (const chunk of chunks) chunk.cancel();
        resolve({ ...OK, ...outcome, endedNs: time.nowNs() });
      };
      const ending = time.callAt(addNs(sentNs, durationNs(script.endsAfterNs)), () =>
        end(script.outcome ?? {}),
      );
      const cancel = (): void => end({ status: 'cancelled', errorCode: 'cancelled' });
      if (signal.aborted) cancel();
      else signal.addEventListener('abort', cancel, { once: true });
    });
  }

  async close(): Promise<void> {}
}
