import { readFileSync } from 'node:fs';
import { attachTrace, type AttachedTrace } from './attached-trace.js';

const MS = 1_000_000;
/** Of the simulated H100's instant power, and of its power limit: one value every 100 ms, power the mean of 25 ms. */
const SENSOR_PERIOD_NS = 100 * MS;
const POWER_WINDOW_NS = 25 * MS;
/** The simulator shows a value 4 ms after its time, at its next turn of 10 ms; the rest is for an event loop that is late itself. */
const PUBLISHED_WITHIN_NS = 50 * MS;
const TRUTH_AROUND_NS = 1_000 * MS;

/** In which a thing happened, in ns of the run. */
export interface Span {
  readonly fromNs: number;
  readonly toNs: number;
}

/** What a reader of the trace finds, knowing nothing of the simulator but its sensors. */
export interface FoundInTrace {
  /** Streams that stood still at once, and when the stall began and ended for the median of them. */
  readonly stalledStreams: number;
  readonly stallBegan: Span;
  readonly stallEnded: Span;
  readonly gpus: readonly { readonly uuid: string; readonly powerFell: Span; readonly powerRose: Span }[];
  readonly limits: readonly { readonly uuid: string; readonly limitFell: Span }[];
  readonly clockBoundNs: number;
  readonly offset: { readonly offsetNs: bigint; readonly boundNs: number };
  readonly startedMonoNs: bigint;
}

export interface ReadingOptions {
  /** How long the network may have held a token back. */
  readonly wayNs: number;
  /** How late the server itself handed a token over, at worst. */
  readonly serverLateNs: number;
}

/** Reads a trace as an outsider does: DuckDB and the stable views. */
export async function findInTrace(path: string, options: ReadingOptions): Promise<FoundInTrace> {
  const trace = await attachTrace(path);
  try {
    const [run] = await trace.rows<{ mono: bigint }>('SELECT started_mono_ns AS mono FROM run');
    const [clock] = await trace.rows<{ offset: bigint; bound: bigint }>(
      'SELECT offset_ns AS offset, bound_ns AS bound FROM clock_offsets ORDER BY bound_ns DESC LIMIT 1',
    );
    const boundNs = Number(clock?.bound);
    return {
      ...(await findStall(trace, options)),
      gpus: await findPowerSteps(trace),
      limits: await findLimitSteps(trace),
      clockBoundNs: boundNs,
      offset: { offsetNs: clock?.offset ?? 0n, boundNs },
      startedMonoNs: run?.mono ?? 0n,
    };
  } finally {
    trace.close();
  }
}

/** Each stream's longest wait; the stall is where they overlap. A token due before it may come late, by what is stated. */
async function findStall(
  trace: AttachedTrace,
  { wayNs, serverLateNs }: ReadingOptions,
): Promise<Pick<FoundInTrace, 'stalledStreams' | 'stallBegan' | 'stallEnded'>> {
  const [found] = await trace.rows<Record<'streams' | 'from' | 'to' | 'error' | 'step', number>>(`
    WITH waits AS (
      SELECT request_id, arrival_ns AS to_ns, lag(arrival_ns) OVER stream AS from_ns,
        greatest(error_ns, lag(error_ns) OVER stream) AS error_ns
      FROM chunks WINDOW stream AS (PARTITION BY request_id ORDER BY seq)),
    longest AS (
      SELECT request_id, max_by(from_ns, to_ns - from_ns) AS from_ns, max_by(to_ns, to_ns - from_ns) AS to_ns,
        max_by(error_ns, to_ns - from_ns) AS error_ns
      FROM waits WHERE from_ns IS NOT NULL GROUP BY request_id),
    middle AS (SELECT median(from_ns) AS from_ns, median(to_ns) AS to_ns FROM longest)
    SELECT (SELECT count(*) FROM longest, middle
        WHERE least(longest.to_ns, middle.to_ns) - greatest(longest.from_ns, middle.from_ns)
          > 0.8 * (middle.to_ns - middle.from_ns))::DOUBLE AS streams,
      middle.from_ns::DOUBLE AS from, middle.to_ns::DOUBLE AS to, (SELECT max(error_ns) FROM longest)::DOUBLE AS error,
      (SELECT median(to_ns - from_ns) FROM waits)::DOUBLE AS step
    FROM middle`);
  if (found === undefined) throw new Error('Expected tokens in the trace');
  const lateNs = found.error + wayNs + serverLateNs;
  // The engine stood still at some point of an iteration, the rest of which followed. Its length varies by a few per cent.
  const stepNs = 1.5 * found.step;
  return {
    stalledStreams: found.streams,
    stallBegan: { fromNs: found.from - lateNs, toNs: found.from + stepNs },
    stallEnded: { fromNs: found.to - lateNs - stepNs, toNs: found.to },
  };
}

/** Between the first and the last token, each GPU's longest stretch of low power: where it fell into it and rose from it. */
async function findPowerSteps(trace: AttachedTrace): Promise<FoundInTrace['gpus']> {
  const rows = await trace.rows<
    Record<'began' | 'lowFrom' | 'lowTo' | 'ended' | 'bound', number> & { uuid: string }
  >(`
    WITH load AS (SELECT min(arrival_ns) AS from_ns, max(arrival_ns) AS to_ns FROM chunks),
    power AS (
      SELECT gpu_uuid, t_ns, value, bound_ns FROM gpu_samples, load
      WHERE metric = 'power_instant_mw' AND t_ns BETWEEN from_ns AND to_ns),
    levels AS (SELECT gpu_uuid, (median(value) + min(value)) / 2 AS middle_mw, max(bound_ns) AS bound_ns FROM power GROUP BY gpu_uuid),
    marked AS (
      SELECT gpu_uuid, t_ns, value < middle_mw AS low, levels.bound_ns,
        lag(value < middle_mw) OVER gpu IS DISTINCT FROM (value < middle_mw) AS turned,
        lag(t_ns) OVER gpu AS before_ns, lead(t_ns) OVER gpu AS after_ns
      FROM power JOIN levels USING (gpu_uuid) WINDOW gpu AS (PARTITION BY gpu_uuid ORDER BY t_ns)),
    runs AS (SELECT *, sum(turned::INT) OVER (PARTITION BY gpu_uuid ORDER BY t_ns) AS run FROM marked),
    lows AS (
      SELECT gpu_uuid, min_by(before_ns, t_ns) AS began, min(t_ns) AS low_from, max(t_ns) AS low_to, max_by(after_ns, t_ns) AS ended,
        any_value(bound_ns) AS bound_ns
      FROM runs WHERE low GROUP BY gpu_uuid, run HAVING began IS NOT NULL AND ended IS NOT NULL)
    SELECT gpu_uuid AS uuid, max_by(began, low_to - low_from)::DOUBLE AS began, max_by(low_from, low_to - low_from)::DOUBLE AS lowFrom,
      max_by(low_to, low_to - low_from)::DOUBLE AS lowTo, max_by(ended, low_to - low_from)::DOUBLE AS ended,
      any_value(bound_ns)::DOUBLE AS bound
    FROM lows GROUP BY gpu_uuid ORDER BY gpu_uuid`);
  return rows.map(({ uuid, began, lowFrom, lowTo, ended, bound }) => ({
    uuid,
    powerFell: changedBetween(began, lowFrom, { boundNs: bound, windowNs: POWER_WINDOW_NS }),
    powerRose: changedBetween(lowTo, ended, { boundNs: bound, windowNs: POWER_WINDOW_NS }),
  }));
}

async function findLimitSteps(trace: AttachedTrace): Promise<FoundInTrace['limits']> {
  const rows = await trace.rows<Record<'began' | 'low_from' | 'bound', number> & { uuid: string }>(`
    WITH limits AS (
      SELECT gpu_uuid AS uuid, t_ns, bound_ns, value, lag(t_ns) OVER gpu AS before_ns, lag(value) OVER gpu AS value_before
      FROM gpu_samples WHERE metric = 'power_limit_mw' WINDOW gpu AS (PARTITION BY gpu_uuid ORDER BY t_ns))
    SELECT uuid, before_ns::DOUBLE AS began, t_ns::DOUBLE AS low_from, bound_ns::DOUBLE AS bound
    FROM limits WHERE value < value_before`);
  return rows.map(({ uuid, began, low_from, bound }) => ({
    uuid,
    limitFell: changedBetween(began, low_from, { boundNs: bound, windowNs: 0 }),
  }));
}

/** A reading shows a mean that ended at most a sensor period ago, and whoever shows it may be late. */
function changedBetween(
  lastBeforeNs: number,
  firstAfterNs: number,
  { boundNs, windowNs }: { readonly boundNs: number; readonly windowNs: number },
): Span {
  return {
    fromNs: lastBeforeNs - boundNs - SENSOR_PERIOD_NS - windowNs - PUBLISHED_WITHIN_NS,
    toNs: firstAfterNs + boundNs,
  };
}

/** By the server's own log: how late it was at worst with tokens due within a second of the instants, on its own clock. */
export function serverLateNs(truthFile: string, aroundMonoNs: readonly bigint[]): number {
  const [header = '', ...lines] = readFileSync(truthFile, 'utf8').trim().split('\n');
  const names = header.split(',');
  const [due, written] = ['due_mono_ns', 'written_mono_ns'].map((name) => names.indexOf(name));
  if (due === undefined || written === undefined || due < 0 || written < 0)
    throw new Error(`Expected due_mono_ns and written_mono_ns in ${truthFile} but received ${header}`);
  let worstNs = 0;
  for (const line of lines) {
    const cells = line.split(',');
    const dueNs = BigInt(cells[due] ?? 0);
    if (aroundMonoNs.every((atNs) => Math.abs(Number(dueNs - atNs)) > TRUTH_AROUND_NS)) continue;
    worstNs = Math.max(worstNs, Number(BigInt(cells[written] ?? 0) - dueNs));
  }
  return worstNs;
}
