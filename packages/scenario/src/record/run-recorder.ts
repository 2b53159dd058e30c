import { clockPiecesOf } from '@fluidscope/clock-sync';
import type { GpuReading } from '@fluidscope/serving-sim';
import type { TraceWriter } from '@fluidscope/trace-schema';
import { runNs } from '@fluidscope/units';
import type { RunObserver, VirtualRun } from '../virtual-run.js';
import { AgentRecorder } from './agent-recorder.js';
import { ClientMonitor } from './client-monitor.js';
import { writeRequest } from './request-rows.js';
import { ServerScrapes } from './server-scrapes.js';

const MAX_PIECES = 512;

/** Records a run as the harness records a real one: rows of the same kinds, in the same terms, with the same losses. */
export class RunRecorder implements RunObserver {
  readonly agents: readonly AgentRecorder[];
  private readonly agentOf: ReadonlyMap<number, AgentRecorder>;
  private readonly scrapes: ServerScrapes | undefined;
  private readonly client: ClientMonitor;
  private seriesCount = 0;

  constructor(
    private readonly run: VirtualRun,
    private readonly writer: TraceWriter,
  ) {
    const { telemetry, replicaCount } = run.scenario;
    const { agents, serverMetrics } = telemetry;
    const all = Array.from({ length: replicaCount }, (_, index) => index);
    const hosts = agents === undefined ? [] : (agents.replicaIndexes ?? all);
    this.agents = hosts.flatMap((replicaIndex, agentIndex) =>
      agents === undefined
        ? []
        : new AgentRecorder({
            run,
            replicaIndex,
            agentIndex,
            telemetry: agents,
            writer,
            takeSeriesIndex: () => this.seriesCount++,
          }),
    );
    this.agentOf = new Map(
      hosts
        .map((replicaIndex, index) => [replicaIndex, this.agents[index]] as const)
        .flatMap(([replicaIndex, agent]) => (agent === undefined ? [] : [[replicaIndex, agent] as const])),
    );
    this.scrapes = serverMetrics && new ServerScrapes(run, writer, serverMetrics.scrapesPerS);
    this.client = new ClientMonitor(run, writer);
    this.scrapes?.begin();
    this.stage('measured', 0);
  }

  tick(atNs: number): void {
    this.client.tick(atNs);
    this.scrapes?.tick(atNs);
    for (const [replicaIndex, agent] of this.agentOf) agent.tick(atNs, this.fullRatio(replicaIndex));
  }

  reading(replicaIndex: number, gpuIndex: number, reading: GpuReading): void {
    this.agentOf.get(replicaIndex)?.reading(gpuIndex, reading);
  }

  retransmitted(replicaIndex: number, atNs: number): void {
    this.agentOf.get(replicaIndex)?.hostCounters.retransmitted(atNs);
  }

  /** Once the run has ended: its requests, and what was learnt of the clocks. */
  finish(): void {
    const { run, writer } = this;
    const { deadlines, telemetry, durationNs } = run.scenario;
    this.stage('draining', Math.min(durationNs, run.endedNs));
    run.requests.forEach((request, requestIndex) =>
      writeRequest(request, requestIndex, { writer, deadlines, stamps: telemetry.stamps }),
    );
    this.agents.forEach((agent, agentIndex) => {
      agent.end(run.endedNs);
      const { fit, fromAgentNs, toAgentNs } = agent.fit();
      writer.appendClockPieces(
        clockPiecesOf(fit, { agentIndex, revision: 0, fromAgentNs, toAgentNs, maxPieces: MAX_PIECES }),
      );
    });
  }

  private stage(stage: 'measured' | 'draining', atNs: number): void {
    this.writer.appendEvents([
      { source: 'client', kind: 'load_stage', timeNs: runNs(atNs), detail: { stage } },
    ]);
  }

  private fullRatio(replicaIndex: number): number {
    const running = this.run.replicas[replicaIndex]?.engine.stats().runningCount ?? 0;
    return Math.min(1, running / FULL_SEQUENCES_COUNT);
  }
}

/** What "with load" takes for a full engine. */
const FULL_SEQUENCES_COUNT = 64;
