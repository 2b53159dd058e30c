import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { aimResults } from './aims.js';
import { calibrationSvg } from './calibration-svg.js';
import { confusionSvg } from './confusion-svg.js';
import { judgeRuns, type JudgedRuns } from './judge-runs.js';
import { unexplained, type Explanations } from './missed-aims.js';
import type { ReportOptions } from './options.js';
import { nullSpecs, partSpecs } from './plan.js';
import { nullErrorRatio, qualityOf } from './quality.js';
import { qualityMarkdown } from './quality-markdown.js';
import { partOf } from './split.js';

const ROOT = new URL('../../../', import.meta.url);

/** Runs the whole matrix and writes `docs/diagnosis-quality.md` with its pictures. */
export async function writeReport(
  { seedsCount, nullsCount, families, tiers, threadsCount, command }: ReportOptions,
  onProgress: (doneCount: number, count: number) => void,
): Promise<JudgedRuns> {
  const startedMs = performance.now();
  const specs = [...partSpecs('tuning', seedsCount), ...partSpecs('heldOut', seedsCount)]
    .filter(({ family }) => families.includes(family))
    .map((spec) => ({ ...spec, tiers: spec.tiers.filter((tier) => tiers.includes(tier)) }));
  const nulls = nullSpecs(nullsCount);
  const count = specs.length + nulls.length;
  const judged = await judgeRuns([...specs, ...nulls], threadsCount, (done) => onProgress(done, count));
  const isNull = new Set(nulls.map(({ seed }) => seed));
  const own = judged.outcomes.filter(({ seed }) => !isNull.has(seed));
  const ofPart = (name: string) => own.filter(({ family, seed }) => partOf(family, seed) === name);
  const heldOut = qualityOf(ofPart('heldOut'));
  const tuning = qualityOf(ofPart('tuning'));
  const nullOutcomes = judged.outcomes.filter(({ seed }) => isNull.has(seed));
  const explanations = JSON.parse(
    readFileSync(new URL('test/fault-matrix/explanations.json', ROOT), 'utf8'),
  ) as Explanations;
  for (const aim of unexplained(aimResults(tuning, heldOut, nullErrorRatio(nullOutcomes)), explanations))
    console.error(
      `Expected an explanation for the missed aim "${aim}" in test/fault-matrix/explanations.json`,
    );
  const markdown = qualityMarkdown({
    ...{ tuning, heldOut, nullOutcomes, explanations },
    heldOutOutcomes: ofPart('heldOut'),
    made: { ...surroundings(), command, tookS: (performance.now() - startedMs) / 1000 },
    reading: readFileSync(new URL('test/fault-matrix/reading.md', ROOT), 'utf8'),
  });
  writeFileSync(new URL('docs/diagnosis-quality.md', ROOT), markdown);
  writeFileSync(new URL('docs/diagnosis-confusion.svg', ROOT), confusionSvg(heldOut.confusion));
  writeFileSync(new URL('docs/diagnosis-calibration.svg', ROOT), calibrationSvg(heldOut.bins));
  return judged;
}

function surroundings(): { readonly date: string; readonly machine: string; readonly commit: string } {
  const git = (...args: readonly string[]): string =>
    spawnSync('git', args, { cwd: ROOT, encoding: 'utf8' }).stdout.trim();
  const changed =
    git('status', '--porcelain', '--', 'packages', 'test/fault-matrix') === '' ? '' : ' with changes';
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: `${cpus()[0]?.model ?? 'unknown CPU'}, ${availableParallelism()} cores, Node ${process.version}`,
    commit: `${git('rev-parse', '--short=12', 'HEAD')}${changed}`,
  };
}
