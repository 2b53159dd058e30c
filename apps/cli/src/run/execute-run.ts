import {
  chooseStampSource,
  createAgentsCompanion,
  createLoadClient,
  createRunClock,
  createServerScrapes,
  describeMachine,
  measureStampOverhead,
  runLoad,
  runLoadInWorkers,
  type AgentSummary,
  type ChosenStampSource,
  type RunCompanion,
  type RunControl,
  type RunResult,
  type StartedRunClock,
} from '@fluidscope/harness';
import { summariseTrace, type RunSummary } from '@fluidscope/report';
import type { RunStart, StampSource, TraceWriter } from '@fluidscope/trace-schema';
import { createTraceWriter, openTraceReader } from '@fluidscope/trace-store';
import { createLoadPlan, type LoadPlan } from '@fluidscope/workload';
import type { WallNs } from '@fluidscope/units';
import { randomUUID } from 'node:crypto';
import type { CliContext } from '../cli-context.js';
import { engineLogCompanion } from '../engine-log/engine-log-companion.js';
import { VERSION } from '../version.js';
import { agentNoticeText } from './agents-text.js';
import { defaultTracePath } from './default-trace-path.js';
import { openRunPage, type RunPage } from '../live/open-run-page.js';
import { ProgressLine } from './progress-line.js';
import { publishMetrics, type PublishedMetrics } from './published-metrics.js';
import { recordedRunConfig } from './recorded-run-config.js';
import type { RunConfig } from './run-config.js';
import type { RunFlags } from './run-flags.js';

export interface ExecutedRun {
  readonly tracePath: string;
  readonly result: RunResult;
  readonly agents: readonly AgentSummary[];
  /** Read back from the trace that was written. */
  readonly summary: RunSummary;
}

/** Where a run is recorded, and what is shown of it meanwhile. */
export interface RunOutput extends Pick<RunFlags, 'output' | 'overwrite' | 'quiet'> {
  /** Sees what is recorded as it is recorded: gives the writer that the run writes to, which writes to the given one. */
  readonly watch?: (writer: TraceWriter) => TraceWriter;
}

/** What an engine's page can bear, and a stall needs. */
const SERVER_SCRAPES_PER_S = 5;

/**
 * Runs the load into a trace and summarises the trace. Throws only where nothing could be recorded, and where the stamps that were
 * asked for cannot be had.
 */
export async function executeRun(
  config: RunConfig,
  flags: RunOutput,
  context: CliContext,
): Promise<ExecutedRun> {
  const stamping = await chooseStampSource(config.stampSource);
  if (!flags.quiet)
    for (const { message } of stamping.warnings) context.stderr.write(`warning: ${message}\n`);
  const clock = createRunClock();
  const start = runStart(config, clock, stamping);
  const progress = flags.quiet ? undefined : new ProgressLine(context.stderr);
  const { endpoint, publishedMetrics } = config;
  const tell = (text: string): void => progress?.tell(text);
  const published = await publishMetrics(publishedMetrics, { endpoint, start, tell });
  let page: RunPage | undefined;
  try {
    page = await openRunPage(config, start, tell);
    return await executeInto(config, { flags, context, clock, start, stamping, progress, published, page });
  } finally {
    await Promise.all([published.stop(), page?.close()]);
  }
}

interface RunParts {
  readonly flags: RunOutput;
  readonly context: CliContext;
  readonly clock: StartedRunClock;
  readonly start: RunStart;
  readonly stamping: ChosenStampSource;
  readonly progress: ProgressLine | undefined;
  readonly published: PublishedMetrics;
  readonly page: RunPage;
}

async function executeInto(
  config: RunConfig,
  { flags, context, clock, start, stamping, progress, published, page }: RunParts,
): Promise<ExecutedRun> {
  const tracePath = flags.output ?? defaultTracePath(clock.startedWallNs);
  const writer = await createTraceWriter(tracePath, start, { overwrite: flags.overwrite ?? false });
  const agents = createAgentsCompanion(config.agents.urls, {
    ...config.agents,
    onNotice: (notice) => progress?.tell(agentNoticeText(notice)),
  });
  const result = await drive(config, {
    clock,
    stampSource: stamping.source,
    warnings: stamping.warnings,
    writer: page.watched(published.observed(flags.watch?.(writer) ?? writer)),
    stopSignal: context.interrupted,
    stopNowSignal: context.interruptedAgain,
    onProgress: (snapshot) => progress?.show(snapshot),
    companions: [
      agents,
      ...engineLogCompanions(config, clock.startedWallNs),
      ...config.serverMetricsUrls.map((url) =>
        createServerScrapes({ url, scrapesPerS: SERVER_SCRAPES_PER_S }),
      ),
    ],
  });
  progress?.end();
  const summary = await summarise(tracePath, config);
  return { tracePath, result, agents: agents.summaries(), summary };
}

function engineLogCompanions(config: RunConfig, startedWallNs: WallNs): readonly RunCompanion[] {
  const { engineLogPath, launchedEngine, serverMetricsUrls } = config;
  const path = engineLogPath ?? launchedEngine?.log_path;
  const options = {
    startedWallNs,
    isScraped: serverMetricsUrls.length > 0,
    isAskedFor: engineLogPath !== undefined,
  };
  return path === undefined ? [] : [engineLogCompanion({ path, ...options })];
}

async function summarise(tracePath: string, { slo }: RunConfig): Promise<RunSummary> {
  const reader = await openTraceReader(tracePath);
  try {
    return await summariseTrace(reader, slo);
  } finally {
    await reader.close();
  }
}

function runStart(config: RunConfig, clock: StartedRunClock, stamping: ChosenStampSource): RunStart {
  return {
    runId: randomUUID(),
    startedWallNs: clock.startedWallNs,
    startedMonoNs: clock.startedMonoNs,
    config: recordedRunConfig(config, stamping),
    versions: {
      fluidscope: VERSION,
      node: process.versions.node,
      v8: process.versions.v8,
      uv: process.versions.uv,
    },
    machine: { ...describeMachine() },
    ...measureStampOverhead(clock),
  };
}

type Control = RunControl & { readonly clock: StartedRunClock; readonly stampSource: StampSource };

async function drive(config: RunConfig, { stampSource, ...control }: Control): Promise<RunResult> {
  const { workload, tokenCounter, workersCount } = config;
  const dataset = config.dataset?.rows;
  const plan = createLoadPlan(workload, { tokenCounter, dataset });
  if (workersCount === 1) return driveHere(config, { ...control, stampSource, plan });
  const { settings, client, tokenizerPath } = config;
  return runLoadInWorkers({
    ...control,
    plan,
    workersCount,
    order: { workload, dataset, tokenizerPath, client, stampSource, settings },
  });
}

async function driveHere(
  { client: clientSettings, settings, prefixTokenCounts }: RunConfig,
  { stampSource, ...control }: Control & { readonly plan: LoadPlan },
): Promise<RunResult> {
  const client = createLoadClient({ client: clientSettings, stampSource, clock: control.clock });
  try {
    return await runLoad({ ...control, settings, client, prefixTokenCounts });
  } finally {
    await client.close();
  }
}
