import { randomUUID } from 'node:crypto';
import { ApiError, badRequest } from './api-error.js';
import type { EndpointKind, FrameOptions } from './frames.js';
import { drawOutputLength } from './output-length.js';
import { PromptTokenizer } from './prompt-tokenizer.js';
import type { GenerationRequest } from './request-body.js';

export interface AdmissionLimits {
  readonly model: string;
  readonly seed: number;
  readonly maxModelTokens: number;
  readonly blockTokens: number;
}

export interface AdmittedRequest {
  readonly options: FrameOptions;
  readonly promptBlockKeys: readonly string[];
}

/** Decides what a valid request body gets: its prompt's length, its answer's length, its id. */
export class Admission {
  private readonly tokenizer: PromptTokenizer;

  constructor(private readonly limits: AdmissionLimits) {
    this.tokenizer = new PromptTokenizer(limits.blockTokens);
  }

  /** Throws `ApiError`: 404 for another model, 400 for lengths that do not fit. */
  admit(endpoint: EndpointKind, body: GenerationRequest): AdmittedRequest {
    const { model, seed } = this.limits;
    if (body.model !== undefined && body.model !== model) {
      throw new ApiError(404, 'NotFoundError', `The model \`${body.model}\` does not exist.`, 'model');
    }
    const { promptTokens, blockKeys } =
      typeof body.prompt === 'string'
        ? this.tokenizer.tokenizeText(body.prompt)
        : this.tokenizer.tokenizeIds(body.prompt);
    const length = drawOutputLength(seed, {
      drawKey: `${body.seed ?? ''}:${String(body.prompt)}`,
      ignoreEos: body.ignoreEos,
      minTokens: body.minTokens,
      limitTokens: this.limitTokens(endpoint, body, promptTokens),
    });
    return {
      options: {
        endpoint,
        responseId: `${endpoint === 'chat' ? 'chatcmpl' : 'cmpl'}-${randomUUID().replaceAll('-', '')}`,
        model,
        createdWallS: Math.floor(Date.now() / 1_000),
        promptTokens,
        length,
        includeUsage: body.includeUsage,
        continuousUsage: body.continuousUsage,
      },
      promptBlockKeys: blockKeys,
    };
  }

  private limitTokens(endpoint: EndpointKind, body: GenerationRequest, promptTokens: number): number {
    const { maxModelTokens } = this.limits;
    const wantedTokens = body.maxTokens ?? Math.max(1, maxModelTokens - promptTokens);
    if (promptTokens + wantedTokens > maxModelTokens) {
      throw badRequest(
        `This model's maximum context length is ${maxModelTokens} tokens. However, you requested ${promptTokens + wantedTokens} tokens (${promptTokens} in the prompt, ${wantedTokens} in the completion). Please reduce the length of the prompt or of the completion.`,
        endpoint === 'chat' ? 'messages' : 'prompt',
      );
    }
    if (body.minTokens > wantedTokens) {
      throw badRequest(
        `Expected min_tokens of at most max_tokens (${wantedTokens}) but received ${body.minTokens}.`,
        'min_tokens',
      );
    }
    return wantedTokens;
  }
}
