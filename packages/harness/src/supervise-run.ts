import type { TraceEvent } from '@fluidscope/trace-schema';
import { NS_PER_S, durationNs, type RunClock, type RunNs } from '@fluidscope/units';
import type { Load, OnStage } from './load.js';
import { emptyTally, occurredCodes, type LoadTally } from './load-tally.js';
import { ProgressReporter, type ProgressReporterOptions } from './progress-reporter.js';
import type { RunControl } from './run-load-options.js';
import type { LoadCounts, RunResult, RunWarning } from './run-result.js';
import type { RunStop } from './run-stop.js';
import { warningsOf } from './run-warnings.js';
import { StageTimes } from './stage-times.js';
import { callEvery, type Timers } from './timers.js';

export interface SupervisedRun {
  readonly control: RunControl;
  readonly clock: RunClock;
  readonly timers: Timers;
  readonly stop: RunStop;
  readonly progress: ProgressReporterOptions;
  /** Throws for a load that cannot be driven; the run has then failed. */
  readonly createLoad: (onStage: OnStage) => Load;
}

const PROGRESS_PERIOD_NS = durationNs(NS_PER_S);

/**
 * Runs a load to its end and closes its trace, whatever happens: signals, a trace that cannot be written any more, a
 * defect. Resolves with what happened; never rejects.
 */
export async function superviseRun(run: SupervisedRun): Promise<RunResult> {
  const { control, clock, stop } = run;
  const stages = new StageTimes();
  control.writer.failed.catch((thrown: unknown) => stop.fail(thrown));
  const unlinkSignals = linkSignals(control, stop);
  const load = (await companionsStarted(run)) ? createLoad(run, stages) : undefined;
  if (load !== undefined) await runWithProgress(run, load, stages);
  const companionWarnings = await companionsStopped(run);
  unlinkSignals();
  stop.dispose();
  const endedNs = clock.nowNs();
  const tally = load?.tally() ?? emptyTally();
  const warnings = [
    ...(control.warnings ?? []),
    ...warningsOf(tally),
    ...(load?.warnings() ?? []),
    ...companionWarnings,
  ];
  try {
    control.writer.appendEvents(warnings.map((warning) => warningEvent(warning, endedNs)));
    await control.writer.close({ endedNs, stopReason: stop.reason });
  } catch (thrown) {
    stop.fail(thrown);
  }
  return {
    stopReason: stop.reason,
    failure: stop.failure,
    window: stages.window(endedNs),
    counts: countsOf(tally),
    warnings,
  };
}

/** In the trace too: who reads it later must know what the run's own reader was told. */
function warningEvent({ code, message }: RunWarning, timeNs: RunNs): TraceEvent {
  return { source: 'client', kind: 'warning', timeNs, detail: { code, message } };
}

async function companionsStarted({ control, clock, timers, stop }: SupervisedRun): Promise<boolean> {
  try {
    const tools = { writer: control.writer, clock, timers };
    await Promise.all((control.companions ?? []).map((companion) => companion.start(tools)));
    return true;
  } catch (thrown) {
    stop.fail(thrown);
    return false;
  }
}

async function companionsStopped({ control, stop }: SupervisedRun): Promise<readonly RunWarning[]> {
  try {
    return (await Promise.all((control.companions ?? []).map((companion) => companion.stop()))).flat();
  } catch (thrown) {
    stop.fail(thrown);
    return [];
  }
}

function createLoad(run: SupervisedRun, stages: StageTimes): Load | undefined {
  const { control, stop } = run;
  try {
    return run.createLoad((stage, atNs) => {
      stages.enter(stage, atNs);
      control.writer.appendEvents([
        { source: 'client', kind: 'load_stage', timeNs: atNs, detail: { stage } },
      ]);
    });
  } catch (thrown) {
    stop.fail(thrown);
    return undefined;
  }
}

async function runWithProgress(run: SupervisedRun, load: Load, stages: StageTimes): Promise<void> {
  const { control, clock, timers, stop } = run;
  const startNs = clock.nowNs();
  const reporter = new ProgressReporter(run.progress, startNs);
  const report = (): void => {
    try {
      const { stage, measuredStartNs } = stages;
      const view = { stage, measuredStartNs, tally: load.tally(), recentTtftsNs: load.recentTtftsNs };
      control.onProgress?.(reporter.snapshot(clock.nowNs(), view));
    } catch (thrown) {
      stop.fail(thrown);
    }
  };
  const schedule = { startNs, periodNs: PROGRESS_PERIOD_NS, nowNs: () => clock.nowNs() };
  const ticker = callEvery(timers, schedule, report);
  await load.run();
  ticker.cancel();
  report();
}

function linkSignals({ stopSignal, stopNowSignal }: RunControl, stop: RunStop): () => void {
  const onStop = (): void => stop.drain('interrupted');
  const onStopNow = (): void => stop.cancel();
  if (stopSignal?.aborted === true) onStop();
  if (stopNowSignal?.aborted === true) onStopNow();
  stopSignal?.addEventListener('abort', onStop);
  stopNowSignal?.addEventListener('abort', onStopNow);
  return () => {
    stopSignal?.removeEventListener('abort', onStop);
    stopNowSignal?.removeEventListener('abort', onStopNow);
  };
}

function countsOf(tally: LoadTally): LoadCounts {
  return {
    warmupCount: tally.warmupCount,
    warmupFailedCount: tally.warmupFailedCount,
    sentCount: tally.sentCount,
    okCount: tally.okCount,
    failedCount: tally.failedCount,
    cancelledCount: tally.cancelledCount,
    neverSentCount: tally.neverSentCount,
    failedCountByCode: occurredCodes(tally),
    outputTokens: tally.outputTokens,
    maxLatenessNs: durationNs(tally.maxLatenessNs),
    queuedCount: tally.queuedCount,
    maxQueuedNs: durationNs(tally.maxQueuedNs),
  };
}
