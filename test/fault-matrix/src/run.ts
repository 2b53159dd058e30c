import { Confusion } from './confusion.js';
import { groupBy } from './group-by.js';
import { judgeRuns } from './judge-runs.js';
import { readOptions, USAGE, type Options } from './options.js';
import { causeTable, scenarioTable } from './print-table.js';
import { partOf } from './split.js';

/** `npm run fault-matrix`: see README.md. */
process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  let options: Options;
  try {
    options = readOptions(args);
  } catch (thrown) {
    console.error(`${thrown instanceof Error ? thrown.message : String(thrown)}\n\n${USAGE}`);
    return 2;
  }
  const { specs, threadsCount, details } = options;
  const { outcomes, failures } = await judgeRuns(specs, threadsCount, progress(specs.length));
  console.log(scenarioTable(outcomes, details).join('\n'));
  const groups = groupBy(
    outcomes,
    ({ family, seed, tier }) => `${partOf(family, seed) ?? 'neither'}, ${tier}`,
  );
  for (const [name, group] of groups) {
    const confusion = Confusion.of(group.flatMap((outcome) => outcome.confusion));
    console.log(`\n${name}\n${causeTable(confusion).join('\n')}`);
  }
  for (const { spec, error } of failures)
    console.error(`${spec.scenario} ${spec.family} ${spec.seed}: ${error}`);
  return failures.length > 0 ? 1 : 0;
}

function progress(count: number): (doneCount: number) => void {
  const startedMs = performance.now();
  return (doneCount) => {
    const tookS = (performance.now() - startedMs) / 1000;
    const end = process.stderr.isTTY && doneCount < count ? '' : '\n';
    if (process.stderr.isTTY || doneCount % 20 === 0 || doneCount === count)
      process.stderr.write(
        `${process.stderr.isTTY ? '\r' : ''}${doneCount} of ${count} runs, ${tookS.toFixed(0)} s${end}`,
      );
  };
}
