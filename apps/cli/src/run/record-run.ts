import { UsageError, type FluidscopeError } from '@fluidscope/errors';
import { existsSync } from 'node:fs';
import type { CliContext } from '../cli-context.js';
import { atEngine } from '../launch/engine-address.js';
import { withEngine } from '../launch/with-engine.js';
import { defaultTracePath } from './default-trace-path.js';
import { executeRun, type ExecutedRun } from './execute-run.js';
import type { RunConfig } from './run-config.js';
import type { RunFlags } from './run-flags.js';

export interface RecordedRun extends ExecutedRun {
  /** Why the engine that was started for the run ended before the run did. */
  readonly engineFailure: FluidscopeError | undefined;
}

const NS_PER_MS = 1_000_000n;

/** `executeRun`, on an engine that is started for it and stopped after it where the configuration has one. */
export async function recordRun(
  config: RunConfig,
  flags: Pick<RunFlags, 'output' | 'overwrite' | 'quiet'>,
  context: CliContext,
): Promise<RecordedRun> {
  const { launch, endpoint } = config;
  if (launch === undefined)
    return { ...(await executeRun(config, flags, context)), engineFailure: undefined };
  const output = flags.output ?? defaultTracePath(BigInt(Date.now()) * NS_PER_MS);
  refuseExisting(output, flags.overwrite);
  const { value, failure } = await withEngine(
    launch,
    {
      logPath: engineLogPath(output),
      context,
      quiet: flags.quiet ?? false,
      secrets: endpoint.apiKey === undefined ? [] : [endpoint.apiKey],
    },
    (engine) => executeRun(atEngine(config, engine), { ...flags, output }, engine.context),
  );
  return { ...value, engineFailure: failure };
}

/** `run.duckdb` has `run.engine.log` beside it. */
export function engineLogPath(tracePath: string): string {
  return `${tracePath.replace(/\.duckdb$/, '')}.engine.log`;
}

/** An engine may take minutes to start: what the trace store would refuse after that is refused before. */
function refuseExisting(path: string, overwrite = false): void {
  if (overwrite || !existsSync(path)) return;
  throw new UsageError([`Expected a new file for the trace but ${path} exists`], {
    code: 'trace.exists',
    hint: 'Name another file with --output, or replace this one with --overwrite.',
  });
}
