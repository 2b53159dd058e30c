import {
  createEngine,
  ENGINE_PROFILES,
  engineNs,
  GpuGroup,
  resolveEngineConfig,
  seededRandom,
  type EngineRequest,
  type GpuBoardName,
  type PausableEngine,
  type Random,
} from '@fluidscope/serving-sim';

const STREAM_COUNT = 16;
const PROMPT_TOKENS = 400;
const OUTPUT_TOKENS = 300;

/**
 * Another replica of the engine on other GPUs of the same host, under a steady load of its own: what befalls its GPUs must not tell in the
 * served engine's tokens. It answers to nobody.
 */
export class GpuReplica {
  readonly group: GpuGroup;
  private readonly engine: PausableEngine<EngineRequest>;
  private readonly random: Random;

  constructor({ board, gpuCount, seed }: { board: GpuBoardName; gpuCount: number; seed: number }) {
    const profile = ENGINE_PROFILES[board === 'a100' ? 'a100-llama3-8b' : 'h100-llama3-8b'];
    this.group = new GpuGroup(board, gpuCount);
    this.random = seededRandom(seed);
    this.engine = createEngine(profile, resolveEngineConfig(profile), seededRandom(seed + 1), this.group);
    for (let count = 0; count < STREAM_COUNT; count++) this.submit(0);
  }

  /** Serves until `toNs`: each answer that ends makes room for the next request. */
  advance(toNs: number): void {
    for (let nextNs = this.engine.nextEventNs(); nextNs !== undefined && nextNs <= toNs;) {
      const event = this.engine.step();
      if (event?.kind === 'ended')
        for (const { isLast } of event.iteration.emissions) if (isLast) this.submit(event.iteration.endNs);
      nextNs = this.engine.nextEventNs();
    }
  }

  private submit(atNs: number): void {
    const spread = (mean: number): number => Math.ceil(mean * (0.5 + this.random()));
    this.engine.submit(
      { promptTokens: spread(PROMPT_TOKENS), outputTokens: spread(OUTPUT_TOKENS) },
      engineNs(atNs),
    );
  }
}
