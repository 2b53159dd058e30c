import { Confusion } from './confusion.js';
import { groupBy } from './group-by.js';
import { judgeRuns, type JudgedRuns } from './judge-runs.js';
import { readOptions, USAGE, type Options } from './options.js';
import { calibrationTable, causeTable, scenarioTable } from './print-table.js';
import { partOf } from './split.js';
import { writeCalibration } from './write-calibration.js';
import { writeReport } from './write-report.js';

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
  const judged =
    options.report === undefined ? await printMatrix(options) : await writeReport(options.report, progress());
  for (const { spec, error } of judged.failures)
    console.error(`${spec.scenario} ${spec.family} ${spec.seed}: ${error}`);
  return judged.failures.length > 0 ? 1 : 0;
}

async function printMatrix({
  specs,
  threadsCount,
  details,
  calibrates,
  keepsFit,
  command,
}: Options): Promise<JudgedRuns> {
  const report = progress();
  const judged = await judgeRuns(specs, threadsCount, (done) => report(done, specs.length));
  console.log(scenarioTable(judged.outcomes, details).join('\n'));
  const groups = groupBy(
    judged.outcomes,
    ({ family, seed, tier }) => `${partOf(family, seed) ?? 'neither'}, ${tier}`,
  );
  for (const [name, group] of groups) {
    const confusion = Confusion.of(group.flatMap((outcome) => outcome.confusion));
    console.log(`\n${name}\n${causeTable(confusion).join('\n')}`);
  }
  if (calibrates) console.log(`\n${calibrationTable(judged.outcomes).join('\n')}`);
  if (keepsFit) console.log(`\n${writeCalibration(judged.outcomes, command)}`);
  return judged;
}

function progress(): (doneCount: number, count: number) => void {
  const startedMs = performance.now();
  const { isTTY } = process.stderr;
  return (doneCount, count) => {
    const tookS = (performance.now() - startedMs) / 1000;
    if (!isTTY && doneCount % 20 !== 0 && doneCount !== count) return;
    const end = isTTY && doneCount < count ? '' : '\n';
    process.stderr.write(`${isTTY ? '\r' : ''}${doneCount} of ${count} runs, ${tookS.toFixed(0)} s${end}`);
  };
}
