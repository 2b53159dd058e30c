import type { AgentSampleColumns } from '@fluidscope/trace-schema';
import { runNs } from '@fluidscope/units';

const FIRST_CAPACITY = 16_384;

/** One sample of a series. */
export interface Sample {
  readonly seriesIndex: number;
  readonly agentNs: number;
  readonly callNs: number;
  readonly value: number;
  readonly flags: number;
  /** NaN where there is none. */
  readonly sensorNs: number;
}

/** Samples of agents in columns that grow, of which the latest can be taken back. */
export class SampleColumns {
  length = 0;
  private seriesIndex = new Uint32Array(FIRST_CAPACITY);
  private agentNs = new Float64Array(FIRST_CAPACITY);
  private callNs = new Uint32Array(FIRST_CAPACITY);
  private value = new Float64Array(FIRST_CAPACITY);
  private flags = new Uint8Array(FIRST_CAPACITY);
  private sensorNs = new Float64Array(FIRST_CAPACITY);

  push({ seriesIndex, agentNs, callNs, value, flags, sensorNs }: Sample): void {
    const row = this.length++;
    if (row === this.value.length) this.grow();
    this.seriesIndex[row] = seriesIndex;
    this.agentNs[row] = agentNs;
    this.callNs[row] = callNs;
    this.value[row] = value;
    this.flags[row] = flags;
    this.sensorNs[row] = sensorNs;
  }

  take(receivedNs: number): AgentSampleColumns {
    const { length } = this;
    this.length = 0;
    return {
      length,
      receivedNs: runNs(receivedNs),
      seriesIndex: this.seriesIndex.slice(0, length),
      agentNs: this.agentNs.slice(0, length),
      callNs: this.callNs.slice(0, length),
      value: this.value.slice(0, length),
      flags: this.flags.slice(0, length),
      sensorNs: this.sensorNs.slice(0, length),
    };
  }

  private grow(): void {
    const capacity = this.value.length * 2;
    const grown = <T extends { set(other: T): void }>(into: T, from: T): T => {
      into.set(from);
      return into;
    };
    this.seriesIndex = grown(new Uint32Array(capacity), this.seriesIndex);
    this.agentNs = grown(new Float64Array(capacity), this.agentNs);
    this.callNs = grown(new Uint32Array(capacity), this.callNs);
    this.value = grown(new Float64Array(capacity), this.value);
    this.flags = grown(new Uint8Array(capacity), this.flags);
    this.sensorNs = grown(new Float64Array(capacity), this.sensorNs);
  }
}
