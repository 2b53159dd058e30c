import {
  parseArrivalStages,
  parseLengthSpec,
  type ArrivalProcess,
  type ArrivalSpec,
  type DatasetRow,
  type LengthSpec,
  type WorkloadSpec,
} from '@fluidscope/workload';
import type { FlagReader } from '../flag-reader.js';
import type { RunFlags } from './run-flags.js';

const ARRIVAL_PATTERNS = ['constant', 'poisson', 'gamma', 'recorded'] as const;
const DEFAULT_REQUEST_COUNT = 100;
const DEFAULT_PROMPT_TOKENS = 512;
const DEFAULT_OUTPUT_TOKENS = 128;

/**
 * Reads what to send and when. A data set's own lengths and times are the defaults where it has them, so that
 * `--dataset FILE` alone replays it.
 */
export function readWorkload(
  reader: FlagReader,
  flags: RunFlags,
  dataset: readonly DatasetRow[] | undefined,
): WorkloadSpec {
  const arrivals = readArrivals(reader, flags, dataset);
  const requestCount = reader.wholeNumber('--num-requests', flags.numRequests, 1);
  return {
    seed: reader.wholeNumber('--seed', flags.seed, 0) ?? 0,
    arrivals,
    requestCount: requestCount ?? (endsByItself(arrivals, flags) ? undefined : DEFAULT_REQUEST_COUNT),
    warmupRequestCount: reader.wholeNumber('--warmup-requests', flags.warmupRequests, 0) ?? 0,
    promptLengths:
      readLengths(reader, '--isl', flags.isl) ?? recordedOr(dataset !== undefined, DEFAULT_PROMPT_TOKENS),
    outputLengths:
      readLengths(reader, '--osl', flags.osl) ??
      recordedOr(dataset?.some((row) => row.output !== undefined) === true, DEFAULT_OUTPUT_TOKENS),
    sharedPrefixTokens: reader.wholeNumber('--shared-prefix', flags.sharedPrefix, 1),
  };
}

/** The cap of `--concurrency` beside a schedule; alone it is a closed loop and no cap. */
export function readInFlightCap(
  reader: FlagReader,
  flags: RunFlags,
  arrivals: ArrivalSpec,
): number | undefined {
  if (arrivals.kind === 'closed_loop') return undefined;
  return reader.wholeNumber('--concurrency', flags.concurrency, 1);
}

/** Threads that share the load; each needs at least one slot of a closed loop or of a cap. */
export function readWorkersCount(reader: FlagReader, flags: RunFlags, arrivals: ArrivalSpec): number {
  const workersCount = reader.wholeNumber('--workers', flags.workers, 1) ?? 1;
  const slotsCount =
    arrivals.kind === 'closed_loop' ? arrivals.concurrencyCount : Number(flags.concurrency ?? Infinity);
  if (workersCount > slotsCount) {
    reader.problem(
      '--workers',
      `expected at most the ${slotsCount} slots of --concurrency but received ${workersCount}`,
    );
  }
  return workersCount;
}

function readArrivals(
  reader: FlagReader,
  flags: RunFlags,
  dataset: readonly DatasetRow[] | undefined,
): ArrivalSpec {
  const pattern =
    flags.arrivalPattern === undefined
      ? undefined
      : reader.choice('--arrival-pattern', flags.arrivalPattern, ARRIVAL_PATTERNS);
  const scheduled = flags.requestRate !== undefined || flags.stages !== undefined;
  const hasTimes = dataset?.some((row) => row.arrivalOffsetNs !== undefined) === true;
  if (pattern === 'recorded' || (!scheduled && flags.concurrency === undefined && hasTimes)) {
    return readRecordedArrivals(reader, flags, hasTimes);
  }
  if (flags.timeScale !== undefined) {
    reader.problem('--time-scale', 'expected recorded arrivals (a --dataset with times) beside it');
  }
  const process = readProcess(reader, flags, pattern);
  if (flags.stages !== undefined) return readStages(reader, flags, process);
  if (flags.requestRate !== undefined) return readRate(reader, flags.requestRate, process);
  if (pattern !== undefined)
    reader.problem('--arrival-pattern', 'expected --request-rate or --stages beside it');
  const concurrencyCount = reader.wholeNumber('--concurrency', flags.concurrency, 1) ?? 1;
  return { kind: 'closed_loop', concurrencyCount };
}

function readRecordedArrivals(reader: FlagReader, flags: RunFlags, hasTimes: boolean): ArrivalSpec {
  if (!hasTimes) reader.problem('--arrival-pattern', 'expected a --dataset with times for recorded arrivals');
  for (const [flag, value] of [
    ['--request-rate', flags.requestRate],
    ['--stages', flags.stages],
  ] as const) {
    if (value !== undefined)
      reader.problem(flag, 'expected no rate beside recorded arrivals; see --time-scale');
  }
  return { kind: 'recorded', timeScale: reader.positiveNumber('--time-scale', flags.timeScale) ?? 1 };
}

function readProcess(
  reader: FlagReader,
  flags: RunFlags,
  pattern: (typeof ARRIVAL_PATTERNS)[number] | undefined,
): ArrivalProcess {
  const burstiness = reader.positiveNumber('--burstiness', flags.burstiness);
  if (burstiness !== undefined && pattern !== undefined && pattern !== 'gamma') {
    reader.problem('--burstiness', `expected --arrival-pattern gamma beside it but received ${pattern}`);
  }
  if (pattern === 'constant') return { kind: 'constant' };
  return burstiness === undefined && pattern !== 'gamma'
    ? { kind: 'poisson' }
    : { kind: 'gamma', burstiness: burstiness ?? 1 };
}

function readStages(reader: FlagReader, flags: RunFlags, process: ArrivalProcess): ArrivalSpec {
  if (flags.requestRate !== undefined) {
    reader.problem('--stages', 'expected either --stages or --request-rate but received both');
  }
  const stages = reader.parsed('--stages', flags.stages, parseArrivalStages) ?? [];
  return { kind: 'stages', process, stages };
}

function readRate(reader: FlagReader, text: string, process: ArrivalProcess): ArrivalSpec {
  if (text === 'inf') return { kind: 'all_at_once' };
  const ratePerS = reader.positiveNumber('--request-rate', text.replace(/(rps|\/s)$/, ''));
  return { ...process, ratePerS: ratePerS ?? 1 };
}

function endsByItself(arrivals: ArrivalSpec, flags: RunFlags): boolean {
  return flags.duration !== undefined || arrivals.kind === 'stages' || arrivals.kind === 'recorded';
}

function readLengths(reader: FlagReader, flag: string, text: string | undefined): LengthSpec | undefined {
  return reader.parsed(flag, text, parseLengthSpec);
}

function recordedOr(hasRecorded: boolean, lengthTokens: number): LengthSpec {
  return hasRecorded ? { kind: 'recorded' } : { kind: 'fixed', lengthTokens };
}
