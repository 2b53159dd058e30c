import { defaultSteadyCount, type SearchOptions } from '@fluidscope/capacity';
import { parseSlo, type Slo } from '@fluidscope/slo';
import type { CliContext } from '../cli-context.js';
import { FlagReader } from '../flag-reader.js';
import { loadRunConfig } from '../run/load-run-config.js';
import type { RunConfig } from '../run/run-config.js';
import { UsageError } from '@fluidscope/errors';
import { DECIDED_FLAGS, type CapacityFlags } from './capacity-flags.js';
import { countedTerms, type CountedTerm } from './slo-terms.js';
import { parseSweep } from './sweep-text.js';

export type LoadKind = 'request_rate' | 'concurrency';

/** A search, read and checked. */
export interface CapacityConfig {
  /** What every run has in common; its load is each point's own. */
  readonly run: RunConfig;
  readonly by: LoadKind;
  readonly slo: Slo;
  readonly terms: readonly CountedTerm[];
  readonly search: SearchOptions;
  /** Loads to measure in place of a search. */
  readonly sweep: readonly number[] | undefined;
  /** Whether to say what binds. */
  readonly diagnoses: boolean;
}

const DEFAULT_SLO = ['fluidity>=0.9@99%'];
const LOWEST_SHARE = 64;
/** Of a precision that did not read, which is a problem of its own. */
const DEFAULT_PRECISION_RATIO = 0.1;
const KINDS: Readonly<Record<string, LoadKind>> = {
  'request-rate': 'request_rate',
  concurrency: 'concurrency',
};

/** Reads flags, environment and files into a search; throws `UsageError` with every problem at once. */
export async function loadCapacityConfig(
  flags: CapacityFlags,
  env: CliContext['env'],
): Promise<CapacityConfig> {
  const reader = new FlagReader();
  refuseDecided(reader, flags);
  const kind = reader.choice('--by', flags.by, Object.keys(KINDS));
  const by = KINDS[kind ?? ''] ?? 'request_rate';
  const slo = reader.parsed('--slo', 'given', () => readSlo(flags.slo ?? DEFAULT_SLO));
  const terms = slo?.terms ?? [];
  const search = readSearch(reader, flags, { isWhole: by === 'concurrency', terms });
  const sweep = reader.parsed('--sweep', flags.sweep, (text) => parseSweep(text, by === 'concurrency'));
  const run = await withProblems(reader, () => loadRunConfig(runFlagsOf(flags, by), env));
  reader.finish('capacity');
  if (run === undefined || slo === undefined) throw new UsageError(['Expected flags that read']);
  return { run, by, slo: slo.slo, terms, search, sweep, diagnoses: flags.diagnosis };
}

function readSlo(
  texts: readonly string[],
): { readonly slo: Slo; readonly terms: readonly CountedTerm[] } | { readonly problem: string } {
  const slo = parseSlo(texts);
  if ('problems' in slo) return { problem: slo.problems.join('; ') };
  const terms = countedTerms(slo);
  return 'problem' in terms ? terms : { slo, terms };
}

function readSearch(
  reader: FlagReader,
  flags: CapacityFlags,
  { isWhole, terms }: Pick<SearchOptions, 'isWhole' | 'terms'>,
): SearchOptions {
  const loadOf = (flag: string, text: string | undefined): number | undefined =>
    isWhole ? reader.wholeNumber(flag, text, 1) : reader.positiveNumber(flag, text);
  const minLoad = loadOf('--min-load', flags.minLoad);
  const startLoad = loadOf('--start-load', flags.startLoad) ?? (isWhole ? (minLoad ?? 1) : undefined);
  const lowestLoad = minLoad ?? (isWhole ? 1 : (startLoad ?? 1) / LOWEST_SHARE);
  const highestLoad = loadOf('--max-load', flags.maxLoad) ?? Infinity;
  if (startLoad !== undefined && !(lowestLoad <= startLoad && startLoad <= highestLoad))
    reader.problem(
      '--start-load',
      `expected a load from ${lowestLoad} to ${highestLoad} but received ${startLoad}`,
    );
  if (lowestLoad > highestLoad)
    reader.problem('--max-load', `expected a load from ${lowestLoad} but received ${highestLoad}`);
  const precisionRatio = reader.parsed('--precision', flags.precision, parseShare) ?? DEFAULT_PRECISION_RATIO;
  return {
    terms,
    startLoad,
    lowestLoad,
    highestLoad,
    isWhole,
    precisionRatio,
    steadyCount:
      reader.wholeNumber('--point-requests', flags.pointRequests, 20) ??
      (terms.length === 0 ? 1 : defaultSteadyCount(terms, precisionRatio)),
    mostRequestsCount: reader.wholeNumber('--max-requests', flags.maxRequests, 1) ?? 1,
    mostElapsedNs: reader.duration('--max-duration', flags.maxDuration) ?? 0,
  };
}

function parseShare(text: string): number | { readonly problem: string } {
  const [, amount] = /^([0-9.]+)%$/.exec(text.trim()) ?? [];
  const ratio = Number(amount) / 100;
  return ratio > 0 && ratio < 1 ? ratio : { problem: `expected a share such as 3% but received "${text}"` };
}

function refuseDecided(reader: FlagReader, flags: CapacityFlags): void {
  for (const name of DECIDED_FLAGS) {
    const key = name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
    if (Reflect.get(flags, key) !== undefined)
      reader.problem(
        `--${name}`,
        'expected none: the search decides it (see --slo, --by, --sweep, --point-requests, --max-duration)',
      );
  }
}

/** As `run` would be told for a point; the numbers are each point's own. */
function runFlagsOf(flags: CapacityFlags, by: LoadKind): CapacityFlags {
  const base = { ...flags, numRequests: '1' };
  return by === 'concurrency' ? { ...base, concurrency: '1' } : { ...base, requestRate: '1' };
}

async function withProblems<T>(reader: FlagReader, load: () => Promise<T>): Promise<T | undefined> {
  try {
    return await load();
  } catch (thrown) {
    if (!(thrown instanceof UsageError)) throw thrown;
    for (const problem of thrown.problems) {
      const [, flag = '', text = problem] = /^(--[a-z-]+): (.*)$/s.exec(problem) ?? [];
      reader.problem(flag, text);
    }
    return undefined;
  }
}
