import { EXIT_STATUS, FluidscopeError } from '@fluidscope/errors';
import { capacityPage, formatCapacityReport } from '@fluidscope/report';
import type { Command } from 'commander';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadCapacityConfig, type CapacityConfig } from '../capacity/capacity-config.js';
import { addCapacityFlags, type CapacityFlags } from '../capacity/capacity-flags.js';
import { capacityJson } from '../capacity/capacity-json.js';
import { searchCapacity, type CapacityResult } from '../capacity/search-capacity.js';
import type { CliContext } from '../cli-context.js';
import { withEngine } from '../launch/with-engine.js';
import type { RegisterCommand } from '../register-command.js';
import { terminalColumns } from '../terminal-columns.js';

const EXAMPLES = `
Examples:
  How many requests a second, so that 99 % of the users read fluently, and what stops more:
    fluidscope capacity -u http://localhost:8000 -m llama-3-8b --slo "fluidity>=0.9@99%" --isl 512 --osl 128 --ignore-eos
  Several demands at once, the engine's own metrics for the diagnosis, a folder of its own:
    fluidscope capacity -u http://localhost:8000 -m llama-3-8b --server-metrics auto -o capacity-llama \\
      --slo "fluidity>=0.9@99% p99_ttft<=2s error_rate<=1%" --tbt-deadline 30ms
  How many users at once, each waiting for an answer before it asks again:
    fluidscope capacity -u http://localhost:8000 -m llama-3-8b --by concurrency
  Only the curve:
    fluidscope capacity -u http://localhost:8000 -m llama-3-8b --sweep 1,2,4,8
  Quick and rough:
    fluidscope capacity -u http://localhost:8000 -m llama-3-8b --slo "p90_ttft<=1s" --precision 10% --point-requests 100 --max-duration 5m

Runs are kept in the folder of -o: the same command goes on after a kill, and another --slo, --ttft-deadline or --tbt-deadline is judged by
the runs that are there before any is added. docs/capacity.md says how the search works and how well it finds a capacity that is known.

Exit status: 0 found (or measured, for --sweep); 1 a run failed; 2 wrong flags or files; 3 the SLO is not met even at the lowest load; 4 no request ended well.`;

const DEFAULT_FOLDER = 'fluidscope-capacity';

export const registerCapacityCommand: RegisterCommand = (program: Command, context: CliContext) => {
  const command = program
    .command('capacity')
    .description('Find the highest request rate (or concurrency) that meets an SLO, and what binds there.');
  addCapacityFlags(command)
    .addHelpText('after', EXAMPLES)
    .action((flags: CapacityFlags) => capacity(flags, context));
};

async function capacity(flags: CapacityFlags, context: CliContext): Promise<void> {
  const config = await loadCapacityConfig(flags, context.env);
  const folder = flags.output ?? DEFAULT_FOLDER;
  await mkdir(folder, { recursive: true });
  const quiet = flags.quiet ?? false;
  const result = await onItsEngine(config, { folder, context, quiet });
  await writeFile(join(folder, 'capacity.html'), capacityPage(result.report));
  await writeFile(
    join(folder, 'capacity.json'),
    `${JSON.stringify(capacityJson(result, config), undefined, 2)}\n`,
  );
  if (flags.json) context.stdout.write(`${JSON.stringify(capacityJson(result, config), undefined, 2)}\n`);
  else {
    context.stdout.write(formatCapacityReport(result.report, terminalColumns(context)));
    context.stdout.write(`\nPage: ${join(folder, 'capacity.html')}\n`);
  }
  throwUnlessFound(result, folder);
}

async function onItsEngine(
  config: CapacityConfig,
  place: { readonly folder: string; readonly context: CliContext; readonly quiet: boolean },
): Promise<CapacityResult> {
  const { launch, endpoint } = config.run;
  if (launch === undefined) return searchCapacity(config, { ...place, engine: undefined });
  const logPath = join(place.folder, 'engine.log');
  const secrets = endpoint.apiKey === undefined ? [] : [endpoint.apiKey];
  const { value } = await withEngine(launch, { ...place, logPath, secrets }, (engine) =>
    searchCapacity(config, { ...place, engine }),
  );
  return value;
}

function throwUnlessFound({ report: { verdict, unit } }: CapacityResult, folder: string): void {
  if (verdict.kind === 'not_met_at_lowest')
    throw new FluidscopeError(
      `Expected the SLO to hold at ${verdict.load} ${unit} at the least but it does not`,
      {
        code: 'capacity.not-met',
        hint: 'Loosen the SLO, or look further down with --min-load.',
        exitStatus: EXIT_STATUS.gateNotMet,
      },
    );
  if (verdict.kind === 'nothing_measured')
    throw new FluidscopeError(
      'Expected at least one request to end well but none did: nothing was measured',
      {
        code: 'capacity.nothing-measured',
        hint: `Each failure is a row of the view "requests" in nothing-measured.duckdb, in the folder of points in ${folder}.`,
        exitStatus: EXIT_STATUS.nothingMeasured,
      },
    );
}
