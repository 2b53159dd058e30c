import type { Command } from 'commander';
import { addRunFlags, type RunFlags } from '../run/run-flags.js';

/** The flags of `capacity`: those of `run` that say what is sent and where, and those of the search. */
export interface CapacityFlags extends RunFlags {
  readonly slo?: readonly string[];
  readonly by: string;
  readonly precision: string;
  readonly startLoad?: string;
  readonly minLoad?: string;
  readonly maxLoad: string;
  readonly pointRequests?: string;
  readonly maxRequests: string;
  readonly maxDuration: string;
  readonly sweep?: string;
}

/** Flags of `run` that the search decides itself, or that say how one single run ends. */
export const DECIDED_FLAGS = [
  'request-rate',
  'concurrency',
  'stages',
  'time-scale',
  'num-requests',
  'duration',
  'goodput',
  'overwrite',
  'every',
  'for',
  'keep-traces',
] as const;

const collect = (value: string, previous: readonly string[] = []): readonly string[] => [...previous, value];

export function addCapacityFlags(command: Command): Command {
  command
    .optionsGroup('Search:')
    .option(
      '--slo <terms>',
      'what must hold, such as "fluidity>=0.9@99% p99_ttft<=2s error_rate<=1%"; repeatable (default: fluidity>=0.9@99%)',
      collect,
    )
    .option('--by <load>', 'request-rate (open loop) or concurrency (closed loop)', 'request-rate')
    .option(
      '--precision <share>',
      "half-width of the answer's 95 % interval at which the search is over",
      '10%',
    )
    .option(
      '--start-load <load>',
      'load of the first run (default: by bursts of 4, 16, 64, … requests at once until the engine is full; of requests in flight: 1)',
    )
    .option(
      '--min-load <load>',
      'lowest load that is tried (default: a 64th of --start-load or of 1, or 1 in flight)',
    )
    .option('--max-load <load>', 'highest load that is tried', '10000')
    .option(
      '--point-requests <count>',
      'requests that count, of one run near the capacity (default: by the SLO and --precision; 180 for a share of 99 %, 2000 with 3%)',
    )
    .option('--max-requests <count>', 'no run is begun that would take all runs together beyond it', '100000')
    .option('--max-duration <time>', 'no run is begun that would take all runs together beyond it', '2h')
    .option(
      '--sweep <loads>',
      'no search: one run at each of these loads, such as 1,2,4,8 or 2-20:2 (from-to:step)',
    );
  addRunFlags(command);
  for (const option of command.options) {
    if ((DECIDED_FLAGS as readonly string[]).includes(option.name())) option.hideHelp();
    if (option.name() === 'output')
      option.description =
        'folder for the points and capacity.html; again with it, nothing is run twice (default: fluidscope-capacity)';
    if (option.name() === 'json') option.description = 'print the answer and every point as JSON on stdout';
    if (option.name() === 'diagnosis') option.description = 'do not say what binds';
  }
  return command;
}
