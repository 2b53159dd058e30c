import type { CompletedIteration, EngineEvent } from '@fluidscope/serving-sim';
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { ApiError, badRequest } from './api-error.js';
import { buildEngine, type ChosenEngine } from './engine-choice.js';
import { EngineClock } from './engine-clock.js';
import { EngineMetrics } from './engine-metrics.js';
import { EventStream } from './event-stream.js';
import type { EndpointKind } from './frames.js';
import { type Generation, StreamedGeneration, WholeGeneration } from './generation.js';
import type { LlmSimOptions } from './options.js';
import { drawOutputLength } from './output-length.js';
import { tokenizeIds, tokenizeText } from './prompt-tokens.js';
import { RealTimeDriver } from './real-time-driver.js';
import type { GenerationRequest } from './request-body.js';
import { TruthLog } from './truth-log.js';

const DEFAULT_MODEL = 'meta-llama/Llama-3.1-8B-Instruct';

/** The engine with everything that hangs on it, without the routes: generations go in, tokens come out on their responses. */
export class SimulatedServer {
  readonly model: string;
  readonly metrics: EngineMetrics;
  readonly createdWallS = Math.floor(Date.now() / 1_000);
  private readonly seed: number;
  private readonly chosen: ChosenEngine<Generation>;
  private readonly clock = new EngineClock();
  private readonly driver: RealTimeDriver<Generation>;
  private readonly live = new Set<Generation>();
  private readonly warned = new Set<string>();

  private constructor(
    private readonly options: LlmSimOptions,
    private readonly truth: TruthLog | undefined,
    chosen: ChosenEngine<Generation>,
  ) {
    this.model = options.model ?? DEFAULT_MODEL;
    this.seed = options.seed ?? 0;
    this.chosen = chosen;
    this.metrics = new EngineMetrics(this.model, () => chosen.engine.stats());
    this.driver = new RealTimeDriver(chosen.engine, this.clock, (event) => this.handle(event));
  }

  static async create(options: LlmSimOptions): Promise<SimulatedServer> {
    const chosen = buildEngine<Generation>(options.engine, options.seed ?? 0);
    const warn = (message: string) => options.onWarning?.(message);
    const truth =
      options.truthFile === undefined ? undefined : await TruthLog.create(options.truthFile, warn);
    return new SimulatedServer(options, truth, chosen);
  }

  get maxModelTokens(): number {
    return this.chosen.maxModelTokens;
  }

  /** Queues a request; its response is written as tokens come. Throws `ApiError` when it cannot be served. */
  generate(
    endpoint: EndpointKind,
    body: GenerationRequest,
    { request, response }: { request: IncomingMessage; response: ServerResponse },
  ): void {
    const fields = this.generationFields(endpoint, body);
    this.warnUnsupported(body.unsupportedFields);
    const generation = body.stream
      ? new StreamedGeneration(fields, new EventStream(request, response))
      : new WholeGeneration(fields, response);
    this.live.add(generation);
    response.once('close', () => {
      if (this.live.delete(generation)) this.driver.cancel(generation);
    });
    this.driver.submit(generation, fields.arrivedNs);
  }

  /** Ends every response with an error; no token is written after this. */
  endAll(): void {
    this.driver.stop();
    const live = [...this.live];
    this.live.clear();
    for (const generation of live) {
      generation.fail(new ApiError(503, 'ServiceUnavailableError', 'The server is shutting down.'));
    }
  }

  async close(): Promise<void> {
    await this.truth?.close();
  }

  private generationFields(endpoint: EndpointKind, body: GenerationRequest) {
    this.requireModel(body.model);
    const { blockTokens, maxModelTokens } = this.chosen;
    const { promptTokens, blockKeys } =
      typeof body.prompt === 'string'
        ? tokenizeText(body.prompt, blockTokens)
        : tokenizeIds(body.prompt, blockTokens);
    const roomTokens = maxModelTokens - promptTokens;
    requireRoom({ maxModelTokens, promptTokens, maxTokens: body.maxTokens });
    const length = drawOutputLength(this.seed, {
      promptKey: `${body.seed ?? ''}:${promptTokens}:${blockKeys.at(-1) ?? String(body.prompt)}`,
      ignoreEos: body.ignoreEos,
      minTokens: body.minTokens,
      limitTokens: body.maxTokens ?? roomTokens,
    });
    return {
      options: {
        endpoint,
        responseId: `${endpoint === 'chat' ? 'chatcmpl' : 'cmpl'}-${randomUUID().replaceAll('-', '')}`,
        model: this.model,
        createdWallS: Math.floor(Date.now() / 1_000),
        promptTokens,
        length,
        includeUsage: body.includeUsage,
        continuousUsage: body.continuousUsage,
      },
      promptBlockKeys: blockKeys,
      arrivedNs: this.clock.nowNs(),
    };
  }

  private requireModel(model: string | undefined): void {
    if (model === undefined || model === this.model) return;
    throw new ApiError(404, 'NotFoundError', `The model \`${model}\` does not exist.`, 'model');
  }

  private warnUnsupported(fields: readonly string[]): void {
    for (const field of fields) {
      if (this.warned.has(field)) continue;
      this.warned.add(field);
      this.options.onWarning?.(
        `"${field}" in requests is ignored: the simulated answers do not depend on it`,
      );
    }
  }

  private handle(event: EngineEvent<Generation>): void {
    this.metrics.observe(event);
    if (event.kind !== 'ended') return;
    const { iteration } = event;
    for (const { request: generation, tokenIndex, isLast } of iteration.emissions) {
      if (tokenIndex === 0) generation.begin();
      this.emit(generation, tokenIndex, iteration);
      if (isLast && this.live.delete(generation)) generation.finish();
    }
  }

  private emit(
    generation: Generation,
    tokenIndex: number,
    { endNs, iterationIndex }: CompletedIteration<Generation>,
  ): void {
    const framed = generation.frameToken(tokenIndex);
    if (framed === undefined) return;
    const writeMonoNs = process.hrtime.bigint();
    const isBacklogged = generation.write(framed);
    if (this.truth === undefined) return;
    this.truth.record({
      responseId: generation.options.responseId,
      tokenIndex,
      writeMonoNs,
      writtenMonoNs: process.hrtime.bigint(),
      dueMonoNs: this.clock.toMonoNs(endNs),
      iterationIndex,
      isBacklogged,
    });
  }
}

function requireRoom(lengths: {
  maxModelTokens: number;
  promptTokens: number;
  maxTokens: number | undefined;
}): void {
  const { maxModelTokens, promptTokens, maxTokens = 1 } = lengths;
  if (promptTokens + maxTokens <= maxModelTokens) return;
  throw badRequest(
    `This model's maximum context length is ${maxModelTokens} tokens. However, you requested ${promptTokens + maxTokens} tokens (${promptTokens} in the prompt, ${maxTokens} in the completion). Please reduce the length of the prompt or the completion.`,
    lengths.maxTokens === undefined ? 'messages' : 'max_tokens',
  );
}
