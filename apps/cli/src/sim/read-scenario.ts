import { FluidscopeError, messageOf, UsageError } from '@fluidscope/errors';
import { parseScenario, type Scenario } from '@fluidscope/scenario';
import { readFile } from 'node:fs/promises';

/** Reads a scenario file and those laid over it; throws a `UsageError` that names every problem. */
export async function readScenario(paths: readonly string[]): Promise<Scenario> {
  const texts = await Promise.all(paths.map(readText));
  try {
    return parseScenario(...texts);
  } catch (thrown) {
    if (!(thrown instanceof UsageError)) throw thrown;
    throw new UsageError(
      thrown.problems.map((problem) => `${paths.join(' + ')}: ${problem}`),
      { code: thrown.code, hint: 'The form of a scenario file is described in docs/scenarios.md.' },
    );
  }
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new FluidscopeError(
      `Expected a scenario file at ${JSON.stringify(path)} but received: ${messageOf(cause)}`,
      {
        code: 'sim.scenario-file',
        hint: 'Name a YAML file that exists; docs/scenarios.md describes its form.',
        cause,
      },
    );
  }
}
