import { GPU_BOARDS } from '@fluidscope/serving-sim';
import type { Json, RunStart, TraceWriter } from '@fluidscope/trace-schema';
import { durationNs, monoNs, runNs, wallNs } from '@fluidscope/units';
import { agentIdOf, gpuUuidOf } from './record/agent-identity.js';
import { missesOf, isScored, timingsOf } from './record/request-rows.js';
import { scoreRequest } from '@fluidscope/metrics';
import { RunRecorder } from './record/run-recorder.js';
import { metricsUrlOf } from './record/server-scrapes.js';
import type { Scenario } from './scenario.js';
import { VirtualRun } from './virtual-run.js';

/** What came of a run, for whoever ran it; the trace holds the rest. */
export interface ScenarioRun {
  readonly endedNs: number;
  readonly requestsCount: number;
  readonly missedDeadlinesCount: number;
  readonly totalDeadlinesCount: number;
  /** Late tokens: rows of `deadline_misses`. */
  readonly missesCount: number;
}

/** Virtual runs begin at this wall time, so that a seed gives the same trace on every day: 2026-01-01T00:00:00Z. */
const STARTED_WALL_NS = wallNs(1_767_225_600_000_000_000n);
const STARTED_MONO_NS = monoNs(1_000_000_000_000_000n);

/** The run's row, which a trace is created with: `createTraceWriter(path, runStartOf(scenario, seed))`. It tells of no fault. */
export function runStartOf(scenario: Scenario, seed: number): RunStart {
  return {
    runId: `virtual-${seed}`,
    startedWallNs: STARTED_WALL_NS,
    startedMonoNs: STARTED_MONO_NS,
    config: configOf(scenario, seed),
    versions: { fluidscope: 'virtual' },
    machine: { virtual: true },
    stampOverheadNs: durationNs(80),
    clockResolutionNs: durationNs(1),
  };
}

/**
 * Runs a scenario in virtual time into a trace, like a real run's, and closes it. The same scenario and seed (a 32-bit integer) give the
 * same rows. Requests that are still in flight ten minutes after the load's end are left as cancelled.
 */
export async function runScenario(
  scenario: Scenario,
  seed: number,
  writer: TraceWriter,
): Promise<ScenarioRun> {
  const run = new VirtualRun(scenario, seed, () => true);
  const recorder = new RunRecorder(run, writer);
  run.watch(recorder);
  run.run();
  recorder.finish();
  await writer.close({ endedNs: runNs(run.endedNs), stopReason: 'finished' });
  return summaryOf(run);
}

function summaryOf({ scenario, requests, endedNs }: VirtualRun): ScenarioRun {
  const { deadlines } = scenario;
  const scores = requests.filter(isScored).map((request) => scoreRequest(timingsOf(request), deadlines));
  return {
    endedNs,
    requestsCount: requests.length,
    missedDeadlinesCount: scores.reduce((sum, { missedDeadlinesCount = 0 }) => sum + missedDeadlinesCount, 0),
    totalDeadlinesCount: scores.reduce((sum, { totalDeadlinesCount = 0 }) => sum + totalDeadlinesCount, 0),
    missesCount: requests.reduce((sum, request) => sum + missesOf(request, 0, deadlines).length, 0),
  };
}

function configOf(
  { deadlines, durationNs: lastsNs, load, replicaCount, gpus, telemetry, engine }: Scenario,
  seed: number,
): Json {
  const { agents, serverMetrics } = telemetry;
  const replicas = Array.from({ length: replicaCount }, (_, index) => index);
  const agentReplicas = agents === undefined ? [] : (agents.replicaIndexes ?? replicas);
  return {
    url: 'http://gateway.sim:8000',
    endpoint_type: 'chat',
    model: engine.profile,
    ttft_deadline_ns: deadlines.ttftDeadlineNs,
    tbt_deadline_ns: deadlines.tbtDeadlineNs,
    duration_ns: lastsNs,
    ignore_eos: true,
    workers_count: 1,
    server_metrics: serverMetrics === undefined ? [] : replicas.map(metricsUrlOf),
    agents: agentReplicas.map((index) => `ws://replica-${index}.sim:9400/v1/stream`),
    workload: {
      seed,
      arrivals: { ...load.arrivals } as Json,
      warmupRequestCount: load.warmupRequestCount,
      promptLengths: { ...load.promptLengths },
      outputLengths: { ...load.outputLengths },
    },
    topology: replicas.map((index) => ({
      replica: index,
      endpoint: metricsUrlOf(index),
      agent_id: agentIdOf(index),
      gpu_uuids: Array.from({ length: gpus.countPerReplica }, (_, gpu) => gpuUuidOf(index, gpu)),
      gpu_name: GPU_BOARDS[gpus.board].productName,
      serves: load.replicaIndexes?.includes(index) ?? true,
    })),
  };
}
