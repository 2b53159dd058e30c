import { clockPiecesOf, ClockTracker } from '@fluidscope/clock-sync';
import type { LinkProbe } from '@fluidscope/telemetry-link';
import type { ClockProbeRow, TraceWriter } from '@fluidscope/trace-schema';
import { NS_PER_S, type RunNs } from '@fluidscope/units';

/** Pieces of a fit on the way, rewritten often, and of the last one. */
const PROVISIONAL_PIECES = 16;
const FINAL_PIECES = 512;
/** What a fit on the way is asked to hold for ahead. */
const AHEAD_NS = 30 * NS_PER_S;

/** Records one agent's probes, and now and again what they say of the two clocks, for the time that its samples and events span. */
export class AgentClock {
  readonly #agentIndex: number;
  readonly #writer: TraceWriter;
  readonly #tracker = new ClockTracker();
  #probes: ClockProbeRow[] = [];
  #probesCount = 0;
  #fromAgentNs = Infinity;
  #toAgentNs = -Infinity;
  #revision = 0;
  #boundNs: number | undefined;

  constructor(agentIndex: number, writer: TraceWriter) {
    this.#agentIndex = agentIndex;
    this.#writer = writer;
  }

  get probesCount(): number {
    return this.#probesCount;
  }

  /** The widest of the last fit; `undefined` before there is one. */
  get boundNs(): number | undefined {
    return this.#boundNs;
  }

  /** The latest time of the agent that was seen; `-Infinity` before any. */
  get toAgentNs(): number {
    return this.#toAgentNs;
  }

  add(probe: LinkProbe): void {
    this.#tracker.add(probe);
    this.#probesCount += 1;
    this.reach(probe.t2Ns);
    const { t1Ns, t2Ns: t2AgentNs, t3Ns: t3AgentNs, t4Ns } = probe;
    this.#probes.push({ agentIndex: this.#agentIndex, t1Ns, t2AgentNs, t3AgentNs, t4Ns });
  }

  /** Something of the agent stands at this time. */
  reach(agentNs: number): void {
    if (agentNs < this.#fromAgentNs) this.#fromAgentNs = agentNs;
    if (agentNs > this.#toAgentNs) this.#toAgentNs = agentNs;
  }

  /** The run's time of an agent's; `undefined` for none, and before there is a fit. */
  runNsOf(agentNs: number | undefined): RunNs | undefined {
    const fitted = agentNs === undefined ? undefined : this.#tracker.current().toRunNs(agentNs);
    return fitted?.runNs as RunNs | undefined;
  }

  /** Writes the probes that have come. */
  flush(): void {
    if (this.#probes.length === 0) return;
    this.#writer.appendClockProbes(this.#probes);
    this.#probes = [];
  }

  /** Writes what all probes so far say of the clocks, for a trace that may be cut short. */
  alignProvisionally(): void {
    this.#align(this.#toAgentNs + AHEAD_NS, PROVISIONAL_PIECES);
  }

  alignFinally(): void {
    this.#align(this.#toAgentNs, FINAL_PIECES);
  }

  #align(toAgentNs: number, maxPieces: number): void {
    if (this.#probesCount === 0) return;
    const pieces = clockPiecesOf(this.#tracker.current(), {
      agentIndex: this.#agentIndex,
      revision: this.#revision++,
      fromAgentNs: this.#fromAgentNs,
      toAgentNs,
      maxPieces,
    });
    if (pieces.length === 0) return;
    this.#boundNs = Math.max(...pieces.map(({ boundNs }) => boundNs));
    this.#writer.appendClockPieces(pieces);
  }
}
