import { DisturbedHardware, type CompletedIteration, type EngineEvent } from '@fluidscope/serving-sim';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Admission } from './admission.js';
import { ApiError } from './api-error.js';
import { buildEngine, type ChosenEngine } from './engine-choice.js';
import { EngineClock } from './engine-clock.js';
import { EngineControl } from './engine-control.js';
import { EngineMetrics } from './engine-metrics.js';
import { EventStream } from './event-stream.js';
import type { GpuFault } from './gpu-fault.js';
import { GpuSimulation } from './gpu-simulation.js';
import type { EndpointKind } from './frames.js';
import { type Generation, StreamedGeneration, WholeGeneration } from './generation.js';
import type { LlmSimOptions } from './options.js';
import { RateLimiter } from './rate-limiter.js';
import { RealTimeDriver } from './real-time-driver.js';
import type { GenerationRequest } from './request-body.js';
import { TruthLog } from './truth-log.js';

const DEFAULT_MODEL = 'meta-llama/Llama-3.1-8B-Instruct';

/** The engine with everything that hangs on it, without the routes: requests go in, tokens come out on their responses. */
export class SimulatedServer {
  readonly model: string;
  readonly maxModelTokens: number;
  readonly metrics: EngineMetrics;
  /** Absent for an engine without a scheduler. */
  readonly control?: EngineControl;
  readonly createdWallS = Math.floor(Date.now() / 1_000);
  private readonly admission: Admission;
  private readonly clock: EngineClock;
  private readonly gpus: GpuSimulation | undefined;
  private readonly driver: RealTimeDriver<Generation>;
  private readonly live = new Set<Generation>();
  private readonly warned = new Set<string>();
  private readonly rateLimiter: RateLimiter | undefined;
  private isEnding = false;
  private hasServed = false;

  private constructor(
    private readonly options: LlmSimOptions,
    private readonly truth: TruthLog | undefined,
    private readonly chosen: ChosenEngine<Generation>,
    {
      clock,
      gpus,
      hardware,
    }: { clock: EngineClock; gpus: GpuSimulation | undefined; hardware: DisturbedHardware },
  ) {
    this.clock = clock;
    this.gpus = gpus;
    if (chosen.pausable !== undefined)
      this.control = new EngineControl({ engine: chosen.pausable, hardware, gpus, clock });
    const { engine, maxModelTokens, blockTokens } = chosen;
    this.model = options.model ?? DEFAULT_MODEL;
    this.maxModelTokens = maxModelTokens;
    const seed = options.seed ?? 0;
    this.admission = new Admission({ model: this.model, seed, maxModelTokens, blockTokens });
    this.rateLimiter = options.rateLimit === undefined ? undefined : new RateLimiter(options.rateLimit);
    this.metrics = new EngineMetrics(this.model, () => engine.stats());
    this.driver = new RealTimeDriver(engine, this.clock, (event) => this.handle(event));
    if (gpus !== undefined) gpus.beforePublish = () => this.driver.catchUp();
  }

  static async create(options: LlmSimOptions): Promise<SimulatedServer> {
    const seed = options.seed ?? 0;
    const warn = (message: string) => options.onWarning?.(message);
    const truth =
      options.truthFile === undefined ? undefined : await TruthLog.create(options.truthFile, warn);
    const clock = new EngineClock();
    const gpus = options.gpus === undefined ? undefined : new GpuSimulation(options.gpus, clock, seed);
    try {
      const hardware = new DisturbedHardware(gpus?.group);
      const chosen = buildEngine<Generation>(options.engine, seed, hardware);
      return new SimulatedServer(options, truth, chosen, { clock, gpus, hardware });
    } catch (cause) {
      await gpus?.close();
      await truth?.close();
      throw cause;
    }
  }

  /** Puts the rate limit's headers on the answer; throws `ApiError` 429 when the request comes too early. */
  meter(response: ServerResponse): void {
    const decision = this.rateLimiter?.decide(Date.now());
    if (decision === undefined) return;
    for (const [name, value] of Object.entries(decision.headers)) response.setHeader(name, value);
    if (decision.isAdmitted) return;
    throw new ApiError(429, 'RateLimitError', 'Rate limit reached for requests: wait as Retry-After says.');
  }

  /** Queues a request; its response is written as tokens come. Throws `ApiError` when it cannot be served. */
  generate(
    endpoint: EndpointKind,
    body: GenerationRequest,
    { request, response }: { request: IncomingMessage; response: ServerResponse },
  ): void {
    if (this.isEnding) throw shuttingDown();
    const fields = { ...this.admission.admit(endpoint, body), arrivedNs: this.clock.nowNs() };
    this.warnUnsupported(body.unsupportedFields);
    const generation = body.stream
      ? new StreamedGeneration(fields, new EventStream(request, response))
      : new WholeGeneration(fields, response);
    this.live.add(generation);
    response.once('close', () => {
      if (this.live.delete(generation)) this.driver.cancel(generation);
    });
    this.driver.submit(generation, fields.arrivedNs);
    if (this.hasServed) return;
    this.hasServed = true;
    this.options.onFirstRequest?.(fields.arrivedNs);
  }

  /** Lets a fault act now and returns its instant in ns of CLOCK_MONOTONIC; throws `ApiError` without GPUs. */
  applyFault(fault: GpuFault): bigint {
    const { gpus, chosen } = this;
    if (gpus === undefined)
      throw new ApiError(404, 'NotFoundError', 'No GPUs are simulated: start with --gpus.');
    if ('gpu' in fault && fault.gpu >= gpus.gpuCount)
      throw new ApiError(
        400,
        'BadRequestError',
        `gpu: expected 0 to ${gpus.gpuCount - 1} but received ${fault.gpu}`,
      );
    const atNs = this.driver.catchUp();
    return gpus.apply(fault, atNs, (fromNs, durationNs) => chosen.pausable?.pause(fromNs, durationNs));
  }

  /** Ends every response with an error; no token is written and no request taken after this. */
  endAll(): void {
    this.isEnding = true;
    this.driver.stop();
    const live = [...this.live];
    this.live.clear();
    for (const generation of live) generation.fail(shuttingDown());
  }

  /** Completes the truth file; throws `FluidscopeError` when it is not whole. */
  async close(): Promise<void> {
    try {
      await this.gpus?.close();
    } finally {
      await this.truth?.close();
    }
  }

  private warnUnsupported(fields: readonly string[]): void {
    for (const field of fields) {
      if (this.warned.has(field)) continue;
      this.warned.add(field);
      this.options.onWarning?.(`"${field}" in requests is ignored: simulated answers do not depend on it`);
    }
  }

  private handle(event: EngineEvent<Generation>): void {
    this.metrics.observe(event);
    if (event.kind !== 'ended') return;
    const { iteration } = event;
    for (const { request: generation, tokenIndex, isLast } of iteration.emissions) {
      if (tokenIndex === 0) generation.begin();
      this.writeToken(generation, tokenIndex, iteration);
      if (isLast && this.live.delete(generation)) generation.finish();
    }
  }

  private writeToken(
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

function shuttingDown(): ApiError {
  return new ApiError(503, 'ServiceUnavailableError', 'The server is shutting down.');
}
