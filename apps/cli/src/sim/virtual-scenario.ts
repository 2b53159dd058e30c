import { FluidscopeError, messageOf } from '@fluidscope/errors';
import { butForTruth, runScenario, runStartOf, truthToJson, type Scenario } from '@fluidscope/scenario';
import { createTraceWriter } from '@fluidscope/trace-store';
import { writeFile } from 'node:fs/promises';

export interface VirtualScenarioOptions {
  readonly scenario: Scenario;
  readonly seed: number;
  readonly tracePath: string;
  /** Where the truth goes as JSON; must not exist. */
  readonly truthPath: string | undefined;
}

/** What was written, as `--json` prints it. */
export interface VirtualScenarioResult {
  readonly trace: string;
  readonly truth: string | null;
  readonly seed: number;
  readonly duration_ns: number;
  readonly requests_count: number;
  readonly missed_count: number;
  readonly total_count: number;
}

/** Runs a scenario in virtual time into a new trace file and, where asked for, writes what each fault cost beside it. */
export async function runVirtualScenario(options: VirtualScenarioOptions): Promise<VirtualScenarioResult> {
  const { scenario, seed, tracePath, truthPath } = options;
  const writer = await createTraceWriter(tracePath, runStartOf(scenario, seed));
  const run = await runScenario(scenario, seed, writer);
  if (truthPath !== undefined)
    await writeTruth(truthPath, truthToJson(butForTruth(scenario, seed), scenario));
  return {
    trace: tracePath,
    truth: truthPath ?? null,
    seed,
    duration_ns: run.endedNs,
    requests_count: run.requestsCount,
    missed_count: run.missedDeadlinesCount,
    total_count: run.totalDeadlinesCount,
  };
}

export function virtualScenarioText(result: VirtualScenarioResult): string {
  const { trace, truth, requests_count: requests, missed_count: missed, total_count: total } = result;
  const written = truth === null ? trace : `${trace}, and what each fault cost to ${truth}`;
  return `Wrote ${requests} requests with ${missed} of ${total} deadlines missed to ${written}`;
}

async function writeTruth(path: string, truth: unknown): Promise<void> {
  try {
    await writeFile(path, `${JSON.stringify(truth, null, 1)}\n`, { flag: 'wx' });
  } catch (cause) {
    throw new FluidscopeError(`Expected to create the truth file ${path} but received: ${messageOf(cause)}`, {
      code: 'sim.truth-file',
      hint: 'Name a file that does not exist yet, in a folder that can be written to.',
      cause,
    });
  }
}
