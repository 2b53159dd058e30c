import { UsageError } from '@fluidscope/errors';
import type { AgentAccess, AgentDescription } from '@fluidscope/telemetry-link';
import { NS_PER_S } from '@fluidscope/units';
import { setTimeout as delay } from 'node:timers/promises';
import type { CompanionTools, RunCompanion } from '../run-companion.js';
import type { RunWarning } from '../run-result.js';
import { callEvery, type Cancellation } from '../timers.js';
import { AgentIntake } from './agent-intake.js';

/** How the agents of a run are reached. */
export interface AgentsOptions extends AgentAccess {
  /** Begin without an agent that does not answer yet, and take it in when it does; otherwise the run fails at its start. */
  readonly waitForAgent?: boolean;
}

/** What an agent gave to a run. */
export interface AgentSummary {
  readonly agentId: string;
  readonly url: string;
  readonly gpuSource: AgentDescription['gpu_source'];
  readonly gpus: readonly { readonly uuid: string; readonly name: string; readonly state: string }[];
  readonly samplesCount: number;
  /** Samples known to be missing, and gaps in all: of some nobody knows how many samples they took. */
  readonly lostCount: number;
  readonly lossesCount: number;
  readonly probesCount: number;
  /** No sample's run time is wrong by more; `undefined`: the clock was never probed. */
  readonly clockBoundNs: number | undefined;
}

export interface AgentsCompanion extends RunCompanion {
  /** One for each agent that answered, in order of the addresses. */
  summaries(): readonly AgentSummary[];
}

const TURN_NS = NS_PER_S;
/** A provisional fit is written this often: what a trace that is cut short is aligned by. */
const ALIGN_EVERY_TURNS = 10;
/** The load begins when each clock is bounded by so many probes, or after so long. */
const FIRST_PROBES_COUNT = 12;
const FIRST_PROBES_MS = 2_000;

/**
 * Records agents beside the load. Rejects its start with the link's error when an agent does not answer, and with a `UsageError` when two
 * addresses are one agent: its samples would be in the trace twice.
 */
export function createAgentsCompanion(urls: readonly string[], options: AgentsOptions): AgentsCompanion {
  return new RecordedAgents(urls, options);
}

class RecordedAgents implements AgentsCompanion {
  readonly #urls: readonly string[];
  readonly #options: AgentsOptions;
  #intakes: readonly AgentIntake[] = [];
  #ticker: Cancellation | undefined;
  #turnsCount = 0;

  constructor(urls: readonly string[], options: AgentsOptions) {
    this.#urls = urls;
    this.#options = options;
  }

  async start(tools: CompanionTools): Promise<void> {
    let seriesCount = 0;
    const takeSeriesIndex = (): number => seriesCount++;
    this.#intakes = this.#urls.map(
      (url, agentIndex) => new AgentIntake({ ...this.#options, url, agentIndex, takeSeriesIndex, tools }),
    );
    if (this.#options.waitForAgent !== true) await this.#everyoneReady();
    const { clock, timers } = tools;
    const schedule = { startNs: clock.nowNs(), periodNs: TURN_NS, nowNs: () => clock.nowNs() };
    this.#ticker = callEvery(timers, schedule, () => this.#onTurn());
  }

  async stop(): Promise<readonly RunWarning[]> {
    this.#ticker?.cancel();
    await Promise.all(this.#intakes.map((intake) => intake.stop()));
    return this.#intakes.flatMap((intake) => intake.warnings());
  }

  summaries(): readonly AgentSummary[] {
    return this.#intakes.flatMap((intake) => intake.summary() ?? []);
  }

  async #everyoneReady(): Promise<void> {
    const hellos = await Promise.all(this.#intakes.map((intake) => intake.ready));
    const problems = hellos.flatMap(({ agentId }, index) => {
      const first = hellos.findIndex((hello) => hello.agentId === agentId);
      if (first === index) return [];
      return [
        `Expected another agent at ${this.#urls[index]} but it is that of ${this.#urls[first]}: ${agentId}`,
      ];
    });
    if (problems.length > 0) throw new UsageError(problems, { code: 'harness.same-agent' });
    const untilMs = Date.now() + FIRST_PROBES_MS;
    while (
      this.#intakes.some(({ probesCount }) => probesCount < FIRST_PROBES_COUNT) &&
      Date.now() < untilMs
    ) {
      await delay(20);
    }
    for (const intake of this.#intakes) intake.alignProvisionally();
  }

  #onTurn(): void {
    this.#turnsCount += 1;
    for (const intake of this.#intakes) {
      intake.flush();
      if (this.#turnsCount % ALIGN_EVERY_TURNS === 0) intake.alignProvisionally();
    }
  }
}
