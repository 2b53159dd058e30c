import type { EngineNs, EngineRequest } from '@fluidscope/serving-sim';
import type { ServerResponse } from 'node:http';
import { ANSWER_PERIOD_TOKENS } from './answer-text.js';
import type { ApiError } from './api-error.js';
import type { EventStream } from './event-stream.js';
import { type FrameOptions, Frames, wholeAnswer } from './frames.js';

/** A request that the engine works on, with the response that its tokens go to. */
export interface Generation extends EngineRequest {
  readonly options: FrameOptions;
  readonly times: GenerationTimes;
  /** Before the first token. */
  begin(): void;
  /** One token, ready to write; `undefined` when tokens do not go out one by one. */
  frameToken(tokenIndex: number): Buffer | undefined;
  /** Hands it to the kernel; true when bytes are left that the kernel has not taken. */
  write(framed: Buffer): boolean;
  /** After the last token. */
  finish(): void;
  /** Ends the response early with an error that the client can read. */
  fail(error: ApiError): void;
}

/** On the engine's clock; absent until it happened. */
export interface GenerationTimes {
  readonly arrivedNs: EngineNs;
  admittedNs: EngineNs | undefined;
  firstTokenNs: EngineNs | undefined;
  lastTokenNs: EngineNs | undefined;
}

interface GenerationFields {
  readonly options: FrameOptions;
  readonly promptBlockKeys: readonly string[];
  readonly arrivedNs: EngineNs;
}

abstract class BaseGeneration {
  readonly options: FrameOptions;
  readonly promptTokens: number;
  readonly outputTokens: number;
  readonly promptBlockKeys: readonly string[];
  readonly times: GenerationTimes;

  constructor({ options, promptBlockKeys, arrivedNs }: GenerationFields) {
    this.options = options;
    this.promptTokens = options.promptTokens;
    this.outputTokens = options.length.outputTokens;
    this.promptBlockKeys = promptBlockKeys;
    this.times = { arrivedNs, admittedNs: undefined, firstTokenNs: undefined, lastTokenNs: undefined };
  }
}

/** Tokens go out as server-sent events, one a token. */
export class StreamedGeneration extends BaseGeneration implements Generation {
  private readonly frames: Frames;
  /** By the token's place in the repeating text; making these anew for each token would double the cost of a write. */
  private readonly framedTokens: Buffer[] = [];

  constructor(
    fields: GenerationFields,
    private readonly stream: EventStream,
  ) {
    super(fields);
    this.frames = new Frames(fields.options);
  }

  begin(): void {
    const role = this.frames.role();
    if (role !== undefined) this.stream.write(this.stream.frame(role));
  }

  frameToken(tokenIndex: number): Buffer {
    if (this.options.continuousUsage) return this.stream.frame(this.frames.token(tokenIndex));
    const place = tokenIndex % ANSWER_PERIOD_TOKENS;
    return (this.framedTokens[place] ??= this.stream.frame(this.frames.token(place)));
  }

  write(framed: Buffer): boolean {
    return this.stream.write(framed);
  }

  finish(): void {
    this.stream.end(this.frames.end());
  }

  fail(error: ApiError): void {
    this.stream.end(`data: ${JSON.stringify(error)}\n\ndata: [DONE]\n\n`);
  }
}

/** The whole answer goes out when its last token is there. */
export class WholeGeneration extends BaseGeneration implements Generation {
  constructor(
    fields: GenerationFields,
    private readonly response: ServerResponse,
  ) {
    super(fields);
  }

  begin(): void {
    // Nothing goes out before the whole answer.
  }

  frameToken(): undefined {
    return undefined;
  }

  write(): boolean {
    return false;
  }

  finish(): void {
    sendJson(this.response, 200, wholeAnswer(this.options));
  }

  fail(error: ApiError): void {
    sendJson(this.response, error.httpStatus, JSON.stringify(error));
  }
}

export function sendJson(response: ServerResponse, httpStatus: number, json: string): void {
  response.writeHead(httpStatus, { 'content-type': 'application/json' });
  response.end(json);
}
