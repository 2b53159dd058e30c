import { engineNs, type EngineNs } from '@fluidscope/serving-sim';

/** Virtual time tied to CLOCK_MONOTONIC: engine time 0 is the moment of construction. */
export class EngineClock {
  private readonly startedMonoNs = process.hrtime.bigint();

  nowNs(): EngineNs {
    return engineNs(Number(process.hrtime.bigint() - this.startedMonoNs));
  }

  toMonoNs(at: EngineNs): bigint {
    return this.startedMonoNs + BigInt(at);
  }
}
