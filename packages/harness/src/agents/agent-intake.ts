import {
  connectAgent,
  pickRows,
  type AgentDescription,
  type AgentHello,
  type AgentLink,
  type LinkEvent,
  type LinkLoss,
  type LinkProbe,
  type LinkState,
  type SampleColumns,
} from '@fluidscope/telemetry-link';
import type { Json } from '@fluidscope/trace-schema';
import type { RunNs } from '@fluidscope/units';
import type { CompanionTools } from '../run-companion.js';
import type { RunWarning } from '../run-result.js';
import { AgentClock } from './agent-clock.js';
import type { AgentNotice, AgentsOptions, AgentSummary } from './create-agents-companion.js';
import { Coverage } from './coverage.js';
import { NO_SERIES, SeriesRegistry } from './series-registry.js';

export interface AgentIntakeOptions extends AgentsOptions {
  readonly url: string;
  readonly agentIndex: number;
  readonly takeSeriesIndex: () => number;
  readonly tools: CompanionTools;
  /** After each probe. */
  readonly onProbed: () => void;
}

/**
 * Records one agent: its samples as they come, in its own time; its probes; and, now and again, what they say of the two clocks. A trace that
 * is cut short has the fit of that time, one that ended in order the fit of all probes.
 */
export class AgentIntake {
  readonly #options: AgentIntakeOptions;
  readonly #link: AgentLink;
  readonly #clock: AgentClock;
  readonly #registry: SeriesRegistry;
  #hello: AgentHello | undefined;
  #samplesCount = 0;
  #lostCount = 0;
  #lossesCount = 0;
  #disconnectsCount = 0;
  #endedReason: string | undefined;
  #isClosing = false;
  #isLost = false;
  #lastLostNs: RunNs | undefined;
  #unnumberedCount = 0;
  #coverage: Coverage;
  #endNs: RunNs | undefined;

  constructor(options: AgentIntakeOptions) {
    this.#options = options;
    const { url, token, tls, waitForAgent, tools, agentIndex, takeSeriesIndex } = options;
    this.#clock = new AgentClock(agentIndex, tools.writer);
    this.#registry = new SeriesRegistry(agentIndex, takeSeriesIndex);
    this.#coverage = new Coverage(tools.clock.nowNs());
    this.#link = connectAgent(url, {
      runClock: tools.clock,
      ...(token === undefined ? {} : { token }),
      ...(tls === undefined ? {} : { tls }),
      ...(waitForAgent === undefined ? {} : { waitForAgent }),
      onRecords: (columns) => this.#record(columns),
      onEvent: (event) => this.#recordEvent(event),
      onLoss: (loss) => this.#recordLoss(loss),
      onProbe: (probe) => this.#addProbe(probe),
      onDescription: (description) => this.#describe(description),
      onState: (state) => this.#onState(state),
    });
  }

  get ready(): Promise<AgentHello> {
    return this.#link.ready;
  }

  get probesCount(): number {
    return this.#clock.probesCount;
  }

  /** Writes the probes that have come. */
  flush(): void {
    this.#clock.flush();
  }

  /** Writes what all probes so far say of the clocks. */
  alignProvisionally(): void {
    this.#clock.alignProvisionally();
  }

  async stop(): Promise<void> {
    this.#isClosing = true;
    await this.#link.close();
    this.#endNs = this.#options.tools.clock.nowNs();
    this.#clock.flush();
    this.#clock.alignFinally();
    if (this.#unnumberedCount > 0) {
      const { toAgentNs } = this.#clock;
      const noTime = { fromAgentNs: toAgentNs, toAgentNs };
      this.#recordLoss({ reason: 'too_many_series', count: this.#unnumberedCount, ...noTime });
    }
  }

  summary(): AgentSummary | undefined {
    if (this.#hello === undefined) return undefined;
    const { agentId, description } = this.#hello;
    return {
      agentId,
      url: this.#options.url,
      gpuSource: description.gpu_source,
      gpus: description.gpus.map(({ uuid, name, state }) => ({ uuid, name, state })),
      samplesCount: this.#samplesCount,
      lostCount: this.#lostCount,
      lossesCount: this.#lossesCount,
      coverageRatio: this.#coverage.ratio(this.#endNs ?? this.#options.tools.clock.nowNs()),
      probesCount: this.#clock.probesCount,
      clockBoundNs: this.#clock.boundNs,
    };
  }

  warnings(): readonly RunWarning[] {
    if (this.#hello === undefined) {
      const message = `the agent at ${this.#options.url} never answered: nothing of it is in the trace`;
      return [{ code: 'agent_disconnected', message }];
    }
    const name = this.#hello.agentId;
    const warnings: RunWarning[] = [];
    if (this.#disconnectsCount > 0 || this.#endedReason !== undefined) {
      const why = this.#endedReason === undefined ? '' : `; in the end it was given up: ${this.#endedReason}`;
      const message = `the connection to agent ${name} was lost ${this.#disconnectsCount} times${why}`;
      warnings.push({ code: 'agent_disconnected', message });
    }
    if (this.#lossesCount > 0) {
      const message = `${this.#lossesCount} gaps in the samples of agent ${name}; the losses say when and why`;
      warnings.push({ code: 'agent_samples_lost', message });
    }
    if (this.#clock.boundNs === undefined) {
      const message = `the clock of agent ${name} was never probed: its samples have no run time`;
      warnings.push({ code: 'agent_clock_unknown', message });
    }
    return warnings;
  }

  #onState(state: LinkState): void {
    const { tools, url } = this.#options;
    const timeNs = tools.clock.nowNs();
    if (state.kind === 'connected' && this.#hello === undefined) this.#greet(state.hello);
    const source = this.#hello?.agentId ?? url;
    const tell = (kind: string, detail: Json): void => {
      if (!this.#isClosing) tools.writer.appendEvents([{ source, kind, timeNs, detail }]);
    };
    switch (state.kind) {
      case 'connected':
        tell('agent_connected', { resumed: state.isResumed });
        if (this.#isLost) this.#notify('back', '', state.isResumed);
        this.#isLost = false;
        return;
      case 'disconnected':
        this.#disconnectsCount += 1;
        tell('agent_disconnected', { reason: state.reason });
        this.#notify(this.#hello === undefined ? 'absent' : 'lost', state.reason);
        this.#isLost = true;
        this.#lastLostNs = timeNs;
        return;
      case 'ended':
        if (this.#isClosing) return;
        this.#endedReason = state.reason;
        tell('agent_given_up', { reason: state.reason });
        // What never answered rejects `ready`, and with it the start of the run.
        if (this.#hello !== undefined) this.#notify('given_up', state.reason);
    }
  }

  #notify(kind: AgentNotice['kind'], reason: string, isResumed = false): void {
    if (this.#isClosing) return;
    const { url, onNotice } = this.#options;
    onNotice?.({ kind, url, agentId: this.#hello?.agentId, reason, isResumed });
  }

  #greet(hello: AgentHello): void {
    this.#hello = hello;
    const { waitForAgent, tools } = this.#options;
    const nowNs = tools.clock.nowNs();
    // A run that waits for its agents begins with their answer; one that does not lacks what was before it.
    if (waitForAgent === true) this.#coverage.lose(0, nowNs);
    else this.#coverage = new Coverage(nowNs);
    this.#describe(hello.description);
  }

  #describe(description: AgentDescription): void {
    if (this.#hello === undefined) return;
    this.#hello = { ...this.#hello, description };
    const { agentId, originMonoNs } = this.#hello;
    const { url, agentIndex, tools } = this.#options;
    this.#registry.describe(description);
    const timeNs = tools.clock.nowNs();
    tools.writer.appendAgents([
      // It came as JSON, and says so of itself; its type leaves room for what a newer agent adds.
      { agentIndex, agentId, url, originMonoNs, description: description as unknown as Json, timeNs },
    ]);
  }

  #record(columns: SampleColumns): void {
    const { tools } = this.#options;
    const seriesIndex = this.#registry.seriesOf(columns);
    const added = this.#registry.takeNew();
    if (added.length > 0) tools.writer.appendAgentSeries(added);
    if (seriesIndex.includes(NO_SERIES)) this.#recordNumbered(columns, seriesIndex);
    else this.#append(columns, seriesIndex);
  }

  /** What has no series is counted; its neighbours in the frame are recorded. */
  #recordNumbered(columns: SampleColumns, seriesIndex: Uint32Array): void {
    const rows = [...seriesIndex.keys()].filter((row) => seriesIndex[row] !== NO_SERIES);
    this.#unnumberedCount += columns.length - rows.length;
    if (rows.length === 0) return;
    const numbered = seriesIndex.filter((series) => series !== NO_SERIES);
    this.#append(pickRows(columns, rows), numbered);
  }

  #append(columns: SampleColumns, seriesIndex: Uint32Array): void {
    const { tools } = this.#options;
    for (const agentNs of columns.beforeNs) this.#clock.reach(agentNs);
    this.#samplesCount += columns.length;
    const { length, beforeNs: agentNs, callNs, value, flags, sensorNs } = columns;
    const receivedNs = tools.clock.nowNs();
    tools.writer.appendAgentSamples({
      length,
      receivedNs,
      seriesIndex,
      agentNs,
      callNs,
      value,
      flags,
      sensorNs,
    });
  }

  #recordEvent({ kind, agentNs, source, detail }: LinkEvent): void {
    const { tools, agentIndex } = this.#options;
    const name = `${this.#hello?.agentId ?? this.#options.url}/${source}`;
    this.#clock.reach(agentNs);
    tools.writer.appendAgentEvents([{ agentIndex, agentNs, source: name, kind, detail }]);
  }

  #recordLoss({ reason, count, fromAgentNs, toAgentNs }: LinkLoss): void {
    this.#lossesCount += 1;
    this.#lostCount += count ?? 0;
    const { tools, url } = this.#options;
    const toNs = this.#clock.runNsOf(toAgentNs) ?? tools.clock.nowNs();
    // An agent that was lost before its first sample is missing from when it was lost.
    const fromNs = this.#clock.runNsOf(fromAgentNs) ?? this.#lastLostNs ?? toNs;
    const source = this.#hello?.agentId ?? url;
    tools.writer.appendLosses([{ source, fromNs, toNs, count, reason }]);
    this.#coverage.lose(fromNs, toNs, this.#missingShare(count, toNs - fromNs));
  }

  #addProbe(probe: LinkProbe): void {
    this.#clock.add(probe);
    this.#options.onProbed();
  }

  /** Of an interval with a loss, what of its samples is missing, at the rate of the run so far. */
  #missingShare(count: number | undefined, spanNs: number): number {
    const wholeNs = this.#coverage.wholeNs(this.#options.tools.clock.nowNs());
    if (count === undefined || this.#samplesCount === 0 || wholeNs <= 0) return 1;
    return Math.min(1, count / ((this.#samplesCount / wholeNs) * spanNs));
  }
}
