import { keyedDraw } from '@fluidscope/serving-sim';
import type { ClockProbeRow } from '@fluidscope/trace-schema';
import { runNs } from '@fluidscope/units';
import type { AgentClockSpec } from '../scenario.js';
import { textKey } from '../text-key.js';

/** What an agent's clock shows at run time 0, beside the scenario's offset: it has counted since its own start. */
const STARTED_BEFORE_NS = 3_600_000_000_000;
const ANSWER_NS = 20_000;
/** Queueing on each way, on top of the shortest: exponential with this mean. */
const QUEUEING_NS = 25_000;

/** An agent's CLOCK_MONOTONIC against the client's, and the probes that look at it. */
export class AgentClock {
  private readonly key: number;

  constructor(
    private readonly spec: AgentClockSpec,
    private readonly seed: number,
    readonly agentIndex: number,
  ) {
    this.key = textKey(`clock/${agentIndex}`);
  }

  /** Its reading at run time `atNs`, in ns since its origin. */
  agentNs(atNs: number): number {
    const { offsetNs, driftPpm, stepNs, stepAtNs } = this.spec;
    const steppedNs = stepAtNs !== undefined && atNs >= stepAtNs ? stepNs : 0;
    return Math.round(STARTED_BEFORE_NS + offsetNs + atNs * (1 + driftPpm / 1e6) + steppedNs);
  }

  /** One exchange begun at `atNs`; the client takes the answer at `freeNs` of its arrival. */
  probe(atNs: number, probeIndex: number, freeNs: (atNs: number) => number): ClockProbeRow {
    const { roundTripNs, asymmetryNs } = this.spec;
    const thereNs = Math.max(1_000, (roundTripNs + asymmetryNs) / 2) + this.queueingNs(2 * probeIndex);
    const backNs = Math.max(1_000, (roundTripNs - asymmetryNs) / 2) + this.queueingNs(2 * probeIndex + 1);
    const arrivedNs = atNs + thereNs;
    return {
      agentIndex: this.agentIndex,
      t1Ns: runNs(Math.round(atNs)),
      t2AgentNs: this.agentNs(arrivedNs),
      t3AgentNs: this.agentNs(arrivedNs + ANSWER_NS),
      t4Ns: runNs(Math.round(freeNs(arrivedNs + ANSWER_NS + backNs))),
    };
  }

  private queueingNs(drawIndex: number): number {
    return -Math.log(1 - keyedDraw(this.seed, this.key, drawIndex)) * QUEUEING_NS;
  }
}
