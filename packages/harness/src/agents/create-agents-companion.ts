import { UsageError } from '@fluidscope/errors';
import type { AgentAccess, AgentDescription } from '@fluidscope/telemetry-link';
import { NS_PER_S, runNs } from '@fluidscope/units';
import type { CompanionTools, RunCompanion } from '../run-companion.js';
import type { RunWarning } from '../run-result.js';
import { callEvery, type Cancellation } from '../timers.js';
import { AgentIntake } from './agent-intake.js';

/** How the agents of a run are reached. */
export interface AgentsOptions extends AgentAccess {
  /** Begin without an agent that does not answer yet, and take it in when it does; otherwise the run fails at its start. */
  readonly waitForAgent?: boolean;
  /** Told once when an agent is lost and once when it is back; the run goes on either way. */
  readonly onNotice?: (notice: AgentNotice) => void;
}

/** A change of an agent's connection that a user should see while the run goes on. */
export interface AgentNotice {
  /** `absent`: it never answered so far; `given_up`: it is not tried again. */
  readonly kind: 'absent' | 'lost' | 'back' | 'given_up';
  readonly url: string;
  readonly agentId: string | undefined;
  /** Why it was lost or given up; whether samples were lost is told by `back`'s `isResumed`. */
  readonly reason: string;
  /** Of `back`: the stream goes on where it was cut, nothing is missing yet. */
  readonly isResumed: boolean;
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
  /** Share of the run's samples that came, as far as losses tell: see `Coverage`. `undefined` for a run of no time. */
  readonly coverageRatio: number | undefined;
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
const FIRST_PROBES_NS = 2 * NS_PER_S;

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
  #onProbed: () => void = () => {};

  constructor(urls: readonly string[], options: AgentsOptions) {
    this.#urls = urls;
    this.#options = options;
  }

  async start(tools: CompanionTools): Promise<void> {
    let seriesCount = 0;
    const takeSeriesIndex = (): number => seriesCount++;
    this.#intakes = this.#urls.map(
      (url, agentIndex) =>
        new AgentIntake({
          ...this.#options,
          url,
          agentIndex,
          takeSeriesIndex,
          tools,
          onProbed: () => this.#onProbed(),
        }),
    );
    if (this.#options.waitForAgent !== true) await this.#everyoneReady(tools);
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

  async #everyoneReady(tools: CompanionTools): Promise<void> {
    const hellos = await Promise.all(this.#intakes.map((intake) => intake.ready));
    const problems = hellos.flatMap(({ agentId }, index) => {
      const first = hellos.findIndex((hello) => hello.agentId === agentId);
      if (first === index) return [];
      return [
        `Expected another agent at ${this.#urls[index]} but it is that of ${this.#urls[first]}: ${agentId}`,
      ];
    });
    if (problems.length > 0) throw new UsageError(problems, { code: 'harness.same-agent' });
    await this.#everyoneProbed(tools);
    for (const intake of this.#intakes) intake.alignProvisionally();
  }

  #everyoneProbed({ clock, timers }: CompanionTools): Promise<void> {
    const isProbed = (): boolean =>
      this.#intakes.every(({ probesCount }) => probesCount >= FIRST_PROBES_COUNT);
    return new Promise((resolve) => {
      const limit = timers.callAt(runNs(clock.nowNs() + FIRST_PROBES_NS), resolve);
      this.#onProbed = () => {
        if (!isProbed()) return;
        limit.cancel();
        resolve();
      };
      this.#onProbed();
    });
  }

  #onTurn(): void {
    this.#turnsCount += 1;
    for (const intake of this.#intakes) {
      intake.flush();
      if (this.#turnsCount % ALIGN_EVERY_TURNS === 0) intake.alignProvisionally();
    }
  }
}
