import { messageOf } from '@fluidscope/errors';
import type { CompanionTools, RunCompanion, RunWarning } from '@fluidscope/harness';
import type { WallNs } from '@fluidscope/units';
import { engineLogProblems, placeEngineLogFile } from './engine-log-file.js';

export interface EngineLogCompanionOptions {
  readonly path: string;
  readonly startedWallNs: WallNs;
  /** The engine's page is recorded too: it says more often what both say, so that only events are taken from the log. */
  readonly isScraped: boolean;
  /** The user named it: then it is a warning that it tells nothing. */
  readonly isAskedFor: boolean;
}

/** Records, once the load has ended, what an engine logged meanwhile. */
export function engineLogCompanion(options: EngineLogCompanionOptions): RunCompanion {
  let tools: CompanionTools | undefined;
  return {
    start: (given) => {
      tools = given;
      return Promise.resolve();
    },
    stop: async () => (tools === undefined ? [] : recordLog(options, tools)),
  };
}

/** Never rejects: what was measured is worth more than the log. */
async function recordLog(
  { path, startedWallNs, isScraped, isAskedFor }: EngineLogCompanionOptions,
  { writer, clock }: CompanionTools,
): Promise<readonly RunWarning[]> {
  try {
    const log = await placeEngineLogFile(path, { startedWallNs, endedNs: clock.nowNs() });
    if (!isScraped) writer.appendServerSamples(log.samples);
    writer.appendEvents(log.events);
    return (isAskedFor ? engineLogProblems(path, log) : []).map(warningOf);
  } catch (thrown) {
    return isAskedFor ? [warningOf(`the engine's log was not read: ${messageOf(thrown)}`)] : [];
  }
}

function warningOf(message: string): RunWarning {
  return { code: 'engine_log', message };
}
