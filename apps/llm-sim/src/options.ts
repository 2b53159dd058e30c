import type { GpuOptions } from './gpu-simulation.js';
import type { RateLimitOptions } from './rate-limiter.js';
import type { EngineNs, EngineOverrides, EngineProfileName } from '@fluidscope/serving-sim';

/** Which engine answers. */
export type EngineChoice =
  | {
      /** A continuous-batching engine of one of the published profiles. */
      readonly kind: 'profile';
      readonly profile: EngineProfileName;
      readonly overrides?: EngineOverrides;
    }
  | {
      /** Every stream on an exact schedule of its own, whatever else runs. */
      readonly kind: 'fixed';
      readonly ttftNs: number;
      readonly tbtNs: number;
      /** 131,072 when absent. */
      readonly maxModelTokens?: number;
    };

export interface LlmSimOptions {
  readonly engine: EngineChoice;
  /** Loopback, 127.0.0.1, when absent. There is no authentication: open another interface only where that is acceptable. */
  readonly host?: string;
  /** 0, or absent, for any free port. */
  readonly port?: number;
  /** The name under which the model is served; `meta-llama/Llama-3.1-8B-Instruct` when absent. */
  readonly model?: string;
  /** Draws step noise and, where a request does not ignore the end of sequence, its length. A 32-bit integer; 0 when absent. */
  readonly seed?: number;
  /** Where to log each token's write; an existing file is refused. */
  readonly truthFile?: string;
  /** Refuses what comes faster with status 429, as a provider's API does; without limit when absent. */
  readonly rateLimit?: RateLimitOptions;
  /** GPUs to simulate under an engine of kind `profile`; none when absent. */
  readonly gpus?: GpuOptions;
  /** Called once, with the engine's time at which the first request came: a scenario's time 0. */
  readonly onFirstRequest?: (atNs: EngineNs) => void;
  /** Told what fails while the server runs, and, once each, what requests ask for that it does not do. */
  readonly onWarning?: (message: string) => void;
}
