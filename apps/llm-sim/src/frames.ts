import { tokenText } from './answer-text.js';
import type { OutputLength } from './output-length.js';

export type EndpointKind = 'chat' | 'completion';

export interface FrameOptions {
  readonly endpoint: EndpointKind;
  readonly responseId: string;
  readonly model: string;
  readonly createdWallS: number;
  readonly promptTokens: number;
  readonly length: OutputLength;
  readonly includeUsage: boolean;
  readonly continuousUsage: boolean;
}

/**
 * One stream's server-sent events, as vLLM writes them. The parts that do not change between tokens are serialized once: a busy
 * server writes 50,000 of these a second.
 */
export class Frames {
  private readonly head: string;
  private readonly tail: string;

  constructor(private readonly options: FrameOptions) {
    const object = options.endpoint === 'chat' ? 'chat.completion.chunk' : 'text_completion';
    this.head = `data: {"id":${JSON.stringify(options.responseId)},"object":"${object}","created":${options.createdWallS},"model":${JSON.stringify(options.model)},"choices":[`;
    this.tail =
      options.endpoint === 'chat'
        ? '"},"logprobs":null,"finish_reason":null}]'
        : '","logprobs":null,"finish_reason":null}]';
  }

  /** The event before the first token: a role and no text. Only chat has one. */
  role(): string | undefined {
    if (this.options.endpoint !== 'chat') return undefined;
    return `${this.head}{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}]${this.usageSoFar(0)}}\n\n`;
  }

  token(tokenIndex: number): string {
    const field =
      this.options.endpoint === 'chat' ? '{"index":0,"delta":{"content":"' : '{"index":0,"text":"';
    return `${this.head}${field}${tokenText(tokenIndex)}${this.tail}${this.usageSoFar(tokenIndex + 1)}}\n\n`;
  }

  /** Everything after the last token: the finish reason, the usage where asked for, the end mark. */
  end(): string {
    const { endpoint, length, includeUsage, promptTokens } = this.options;
    const empty = endpoint === 'chat' ? '"delta":{"content":""}' : '"text":""';
    const finish = `${this.head}{"index":0,${empty},"logprobs":null,"finish_reason":"${length.finishReason}","stop_reason":null}]${this.usageSoFar(length.outputTokens)}}\n\n`;
    const total = includeUsage
      ? `${this.head}],"usage":${JSON.stringify(usage(promptTokens, length.outputTokens))}}\n\n`
      : '';
    return `${finish}${total}data: [DONE]\n\n`;
  }

  private usageSoFar(completionTokens: number): string {
    const { continuousUsage, promptTokens } = this.options;
    return continuousUsage ? `,"usage":${JSON.stringify(usage(promptTokens, completionTokens))}` : '';
  }
}

/** The whole answer in one body, for a request without `stream`. */
export function wholeAnswer(options: FrameOptions): string {
  const { endpoint, responseId, model, createdWallS, promptTokens, length } = options;
  const text = Array.from({ length: length.outputTokens }, (_, tokenIndex) => tokenText(tokenIndex)).join('');
  const content = endpoint === 'chat' ? { message: { role: 'assistant', content: text } } : { text };
  return JSON.stringify({
    id: responseId,
    object: endpoint === 'chat' ? 'chat.completion' : 'text_completion',
    created: createdWallS,
    model,
    choices: [
      { index: 0, ...content, logprobs: null, finish_reason: length.finishReason, stop_reason: null },
    ],
    usage: usage(promptTokens, length.outputTokens),
  });
}

function usage(promptTokens: number, completionTokens: number): Readonly<Record<string, number>> {
  return {
    prompt_tokens: promptTokens,
    total_tokens: promptTokens + completionTokens,
    completion_tokens: completionTokens,
  };
}
