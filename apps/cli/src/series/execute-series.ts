import { EXIT_STATUS, FluidscopeError, UsageError } from '@fluidscope/errors';
import { createHash } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { CliContext } from '../cli-context.js';
import { defaultTracePath } from '../run/default-trace-path.js';
import { recordRun } from '../run/record-run.js';
import type { RunConfig } from '../run/run-config.js';
import type { RunFlags } from '../run/run-flags.js';
import { runFigures } from './run-figures.js';
import { runSeries, type MeasuredSlot, type SlotNotice } from './run-series.js';
import type { SeriesPlan } from './series-flags.js';
import { SeriesLog, type SeriesHead } from './series-log.js';
import { slotsCount, type SeriesSchedule } from './series-schedule.js';
import { seriesSpread } from './series-spread.js';
import { figureText, seriesJson, seriesMarkdown, seriesText } from './series-text.js';
import { wallTime } from './wall-time.js';

const NS_PER_MS = 1_000_000n;

/** `run --every … --for …`: begins the series in its folder or goes on with it, and prints how the figures moved. */
export async function executeSeries(
  config: RunConfig,
  plan: SeriesPlan,
  { flags, context }: { readonly flags: RunFlags; readonly context: CliContext },
): Promise<void> {
  const folder =
    flags.output ?? defaultTracePath(BigInt(Date.now()) * NS_PER_MS).replace('.duckdb', '.series');
  mkdirSync(folder, { recursive: true });
  const log = openLog(folder, plan, flags);
  const schedule = scheduleOf(log);
  await runSeries({
    schedule,
    log,
    time: wallTime,
    keptTracesCount: plan.keptTracesCount,
    interrupted: context.interrupted,
    runSlot: (slot) => runSlot(slot, { config, folder, flags, context }),
    removeTrace: (trace) => rm(join(folder, trace), { force: true }),
    onSlot: (notice) => {
      if (flags.quiet !== true) context.stderr.write(`${noticeText(notice)}\n`);
    },
  });
  tell(log, { folder, slotsCount: slotsCount(schedule) }, { flags, context });
}

interface SlotParts {
  readonly config: RunConfig;
  readonly folder: string;
  readonly flags: RunFlags;
  readonly context: CliContext;
}

/** Each run has a seed of its own: the same prompts again would be read from the engine's prefix cache. */
async function runSlot(slot: number, { config, folder, flags, context }: SlotParts): Promise<MeasuredSlot> {
  const trace = `run-${String(slot + 1).padStart(4, '0')}.duckdb`;
  const { workload } = config;
  const { summary, result, engineFailure } = await recordRun(
    { ...config, workload: { ...workload, seed: workload.seed + slot } },
    { output: join(folder, trace), overwrite: true, ...(flags.quiet === true ? { quiet: true } : {}) },
    context,
  );
  if (result.failure !== undefined) throw result.failure;
  if (engineFailure !== undefined) throw engineFailure;
  if (context.interrupted.aborted) throw new Error('it was interrupted');
  if (summary.load.okCount === 0) {
    const [failure] = summary.failures;
    throw new Error(
      `no request ended well${failure === undefined ? '' : ` (${failure.errorCode}: ${failure.example ?? ''})`}`,
    );
  }
  return { trace, figures: runFigures(summary) };
}

function openLog(folder: string, { everyMs, forMs }: SeriesPlan, flags: RunFlags): SeriesLog {
  const path = join(folder, 'series.ndjson');
  if (flags.overwrite === true) rmSync(path, { force: true });
  const log = SeriesLog.open(path);
  const head: SeriesHead = {
    kind: 'series',
    version: 1,
    started_ms: Date.now(),
    every_ms: everyMs,
    for_ms: forMs,
    config_key: configKey(flags),
  };
  if (log.head === undefined) log.append(head);
  else refuseOther(log.head, head, folder);
  return log;
}

function refuseOther(found: SeriesHead, wanted: SeriesHead, folder: string): void {
  const differing = (['every_ms', 'for_ms', 'config_key'] as const).filter(
    (key) => found[key] !== wanted[key],
  );
  if (differing.length === 0) return;
  const names = { every_ms: '--every', for_ms: '--for', config_key: 'the flags of the run' };
  throw new UsageError(
    [
      `Expected the series in ${folder} to be the same but ${differing.map((key) => names[key]).join(', ')} differ`,
    ],
    { hint: 'Name another folder with --output, or begin anew with --overwrite.' },
  );
}

/** What makes two series the same: every flag that says what is run. No secret is in it. */
function configKey(flags: RunFlags): string {
  const { apiKey, agentToken, header, output, overwrite, quiet, json, keepTraces, ...what } = flags;
  const entries = Object.entries(what).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(entries)).digest('hex');
}

function scheduleOf({ head }: SeriesLog): SeriesSchedule {
  if (head === undefined) throw new Error('Expected a series to have its first line but it has none');
  return { startedMs: head.started_ms, everyMs: head.every_ms, forMs: head.for_ms };
}

function tell(
  { entries }: SeriesLog,
  place: { readonly folder: string; readonly slotsCount: number },
  { flags, context }: { readonly flags: RunFlags; readonly context: CliContext },
): void {
  const spread = seriesSpread(entries);
  writeFileSync(join(place.folder, 'series.md'), seriesMarkdown(spread, place));
  context.stdout.write(
    flags.json === true
      ? `${JSON.stringify(seriesJson(spread, place), undefined, 2)}\n`
      : seriesText(spread, place),
  );
  if (spread.measuredCount > 0) return;
  throw new FluidscopeError('Expected at least one run of the series to be measured but none was', {
    code: 'series.nothing-measured',
    hint: `Why each failed stands in ${join(place.folder, 'series.ndjson')}.`,
    exitStatus: EXIT_STATUS.nothingMeasured,
  });
}

function noticeText(notice: SlotNotice): string {
  const run = `run ${notice.slot + 1}`;
  switch (notice.kind) {
    case 'waiting':
      return `${run} begins at ${new Date(notice.untilMs).toISOString()}`;
    case 'missed':
      return `warning: ${run} was missed: its time had passed`;
    case 'failed':
      return `warning: ${run} failed: ${notice.reason}`;
    case 'measured': {
      const { fluidity_index: index, ttft_p99_ns: ttftNs } = notice.figures;
      const figures = [
        index === undefined ? undefined : `fluidity-index ${figureText('fluidity_index', index)}`,
        ttftNs === undefined ? undefined : `TTFT p99 ${figureText('ttft_p99_ns', ttftNs)}`,
      ];
      return `${run} measured: ${figures.filter((each) => each !== undefined).join(', ')}`;
    }
  }
}
