import type { Command } from 'commander';
import type { FlagReader } from '../flag-reader.js';

export interface SeriesFlags {
  readonly every?: string;
  readonly for?: string;
  readonly keepTraces?: string;
}

export interface SeriesPlan {
  readonly everyMs: number;
  readonly forMs: number;
  /** `undefined`: all of them. */
  readonly keptTracesCount: number | undefined;
}

const NS_PER_MS = 1e6;
/** More runs than a year of minutes are a slip of the unit. */
const MAX_SLOTS = 600_000;

export function addSeriesFlags(command: Command): Command {
  return command
    .optionsGroup('Repeated runs:')
    .option(
      '--every <time>',
      'begin a run so often, each with a seed and a trace of its own; --output is then a folder',
    )
    .option('--for <time>', 'with --every: how long, such as 24h')
    .option(
      '--keep-traces <count>',
      'with --every: how many of the newest traces stay; their figures all do (default: all)',
    );
}

/** `undefined` without `--every`. Problems go to `reader`. */
export function readSeries(reader: FlagReader, flags: SeriesFlags): SeriesPlan | undefined {
  if (flags.every === undefined) {
    if (flags.for !== undefined) reader.problem('--for', 'expected --every beside it');
    if (flags.keepTraces !== undefined) reader.problem('--keep-traces', 'expected --every beside it');
    return undefined;
  }
  if (flags.for === undefined)
    reader.problem('--every', 'expected --for beside it, such as --for 24h: a series has an end');
  const everyNs = positive(reader, '--every', flags.every);
  const forNs = positive(reader, '--for', flags.for);
  if (everyNs !== undefined && forNs !== undefined && forNs / everyNs > MAX_SLOTS)
    reader.problem('--for', `expected at most ${MAX_SLOTS} runs but received ${Math.ceil(forNs / everyNs)}`);
  return {
    everyMs: (everyNs ?? 0) / NS_PER_MS,
    forMs: (forNs ?? 0) / NS_PER_MS,
    keptTracesCount:
      flags.keepTraces === undefined || flags.keepTraces === 'all'
        ? undefined
        : reader.wholeNumber('--keep-traces', flags.keepTraces, 1),
  };
}

function positive(reader: FlagReader, flag: string, text: string | undefined): number | undefined {
  const value = reader.duration(flag, text);
  return value === 0 ? reader.problem(flag, 'expected a time above 0 but received 0') : value;
}
