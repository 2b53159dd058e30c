import {
  createEngine,
  createFixedScheduleEngine,
  ENGINE_PROFILES,
  type EngineHardware,
  type EngineRequest,
  resolveEngineConfig,
  seededRandom,
  type AdjustableEngine,
  type ServingEngine,
} from '@fluidscope/serving-sim';
import type { EngineChoice } from './options.js';

const DEFAULT_BLOCK_TOKENS = 16;
const DEFAULT_FIXED_MODEL_TOKENS = 131_072;

export interface ChosenEngine<R extends EngineRequest> {
  readonly engine: ServingEngine<R>;
  /** Only an engine with a scheduler can be paused and adjusted. */
  readonly pausable?: AdjustableEngine<R>;
  readonly maxModelTokens: number;
  readonly blockTokens: number;
}

/** Builds the engine that the options name; throws `UsageError` on limits that contradict each other. */
export function buildEngine<R extends EngineRequest>(
  choice: EngineChoice,
  seed: number,
  hardware?: EngineHardware,
): ChosenEngine<R> {
  switch (choice.kind) {
    case 'fixed': {
      const { ttftNs, tbtNs, maxModelTokens = DEFAULT_FIXED_MODEL_TOKENS } = choice;
      const engine = createFixedScheduleEngine<R>({ ttftNs, tbtNs, maxModelTokens });
      return { engine, maxModelTokens, blockTokens: DEFAULT_BLOCK_TOKENS };
    }
    case 'profile': {
      const profile = ENGINE_PROFILES[choice.profile];
      const config = resolveEngineConfig(profile, choice.overrides);
      const engine = createEngine<R>(profile, config, seededRandom(seed), hardware);
      return {
        engine,
        pausable: engine,
        maxModelTokens: config.maxModelTokens,
        blockTokens: config.blockTokens,
      };
    }
  }
}
