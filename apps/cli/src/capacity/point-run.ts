import { PointWatch, type PlannedPoint } from '@fluidscope/capacity';
import { FluidscopeError } from '@fluidscope/errors';
import { recordedRequestTerms } from '@fluidscope/slo';
import type { ChunkColumns, RequestEnd, RequestStart, TraceWriter } from '@fluidscope/trace-schema';
import type { ArrivalSpec } from '@fluidscope/workload';
import { rm } from 'node:fs/promises';
import type { CliContext } from '../cli-context.js';
import { executeRun } from '../run/execute-run.js';
import type { RunConfig } from '../run/run-config.js';
import type { CapacityConfig } from './capacity-config.js';
import type { KeptPoint, PointStore } from './point-store.js';
import { WaitsInFlight } from './waits-in-flight.js';

/** Further apart than any workload's own streams: seeds of two points never meet. */
const SEED_STEP = 1_000_003;

/** Runs a point by the way of `fluidscope run` and keeps it. What was begun and did not end is not kept, and throws. */
export async function runPoint(
  config: CapacityConfig,
  planned: PlannedPoint,
  {
    run,
    store,
    context,
  }: { readonly run: RunConfig; readonly store: PointStore; readonly context: CliContext },
): Promise<KeptPoint> {
  const watch = new PointWatch(planned, config.terms, config.by === 'request_rate');
  const enough = new AbortController();
  await rm(store.unfinishedPath, { force: true });
  const { result } = await executeRun(
    pointConfig(run, config.by, planned),
    {
      output: store.unfinishedPath,
      overwrite: true,
      quiet: true,
      watch: (writer) => watchedWriter(writer, config, { watch, enough }),
    },
    {
      ...context,
      interrupted: AbortSignal.any([context.interrupted, enough.signal]),
      interruptedAgain: AbortSignal.any([context.interruptedAgain, enough.signal]),
    },
  );
  if (result.failure !== undefined) throw result.failure;
  if (context.interrupted.aborted) throw interrupted(store);
  const sendingEndedNs = result.window.sendingEndedNs ?? result.window.endedNs;
  return store.keep({ planned, sendingEndedNs, stoppedBy: watch.stop });
}

/** What is sent at a point: the workload with its load, its seed and its number of requests. */
function pointConfig(
  run: RunConfig,
  by: CapacityConfig['by'],
  { load, seedIndex, requestCount, purpose }: PlannedPoint,
): RunConfig {
  const { arrivals, seed } = run.workload;
  const isInFlight = by === 'concurrency' || purpose === 'burst';
  const loaded: ArrivalSpec = isInFlight
    ? { kind: 'closed_loop', concurrencyCount: load }
    : 'ratePerS' in arrivals
      ? { ...arrivals, ratePerS: load }
      : { kind: 'poisson', ratePerS: load };
  return {
    ...run,
    workload: { ...run.workload, arrivals: loaded, seed: seed + seedIndex * SEED_STEP, requestCount },
    workersCount: isInFlight ? Math.min(run.workersCount, load) : run.workersCount,
  };
}

interface Watching {
  readonly watch: PointWatch;
  readonly enough: AbortController;
}

/** The trace's writer, which also shows each request to the watch. */
function watchedWriter(
  writer: TraceWriter,
  { terms }: CapacityConfig,
  { watch, enough }: Watching,
): TraceWriter {
  const waits = new WaitsInFlight();
  const started = new Map<number, Pick<RequestStart, 'intendedNs' | 'slo'>>();
  const seen = {
    appendRequestStarts(rows: readonly RequestStart[]): void {
      writer.appendRequestStarts(rows);
      for (const row of rows) {
        if (row.phase !== 'measured') continue;
        started.set(row.requestIndex, { intendedNs: row.intendedNs, slo: row.slo });
        watch.sent(row.intendedNs);
      }
    },
    appendChunks(columns: ChunkColumns): void {
      writer.appendChunks(columns);
      waits.add(columns);
    },
    appendRequestEnds(rows: readonly RequestEnd[]): void {
      writer.appendRequestEnds(rows);
      for (const row of rows) {
        const start = started.get(row.requestIndex);
        const tbtNs = waits.take(row.requestIndex, start?.intendedNs ?? row.endedNs);
        if (start === undefined || row.status === 'cancelled') continue;
        const outcome = {
          score: row.status === 'ok' ? { ...row, outputTokens: row.outputTokens ?? 0 } : undefined,
          tbtNs: row.status === 'ok' ? tbtNs : undefined,
          ownTerms: recordedRequestTerms(start.slo),
        };
        const counts = terms.map(({ countOf }) => countOf(outcome));
        watch.ended({ intendedNs: start.intendedNs, endedNs: row.endedNs, counts }, row.endedNs);
      }
      if (watch.stop !== undefined) enough.abort();
    },
  };
  return new Proxy(writer, {
    get: (target, name) => {
      const own: unknown = Reflect.get(seen, name);
      if (own !== undefined) return own;
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? (value as () => unknown).bind(target) : value;
    },
  });
}

function interrupted({ folder }: PointStore): FluidscopeError {
  return new FluidscopeError('The search was interrupted', {
    code: 'capacity.interrupted',
    hint: `Its finished runs are in ${folder}: the same command goes on from them.`,
  });
}
