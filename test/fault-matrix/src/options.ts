import { parseArgs } from 'node:util';
import { TIERS, type RunSpec, type Tier } from './run-spec.js';
import { namesIn } from './scenario-files.js';
import { partOf, SPLIT } from './split.js';

export interface ReportOptions {
  readonly seedsCount: number;
  readonly nullsCount: number;
  readonly families: readonly string[];
  readonly tiers: readonly Tier[];
  readonly threadsCount: number;
  /** As it was typed. */
  readonly command: string;
}

export interface Options {
  /** The whole matrix, into the docs, instead of `specs`. */
  readonly report: ReportOptions | undefined;
  readonly specs: readonly RunSpec[];
  readonly threadsCount: number;
  readonly details: boolean;
  readonly calibrates: boolean;
  /** Whether the fit goes to where the diagnosis reads it. */
  readonly keepsFit: boolean;
  /** As it was typed. */
  readonly command: string;
}

export const USAGE = `npm run fault-matrix -- [options]
  --only f06,n07       scenarios whose names begin so; all by default
  --family chat        families, with commas; those of the tuning part by default
  --seeds 1-3          seeds: 1-3, 1,5,9
  --tier all           ${TIERS.join(', ')}, with commas; all, the first, by default
  --threads 2          1 or 2
  --details            each run on a line of its own
  --calibrate          how often suspicions of a score were right: isotonic regression
  --keep-fit           and fit the diagnosis' confidences to them (tuning families and seeds alone): packages/diagnosis/src/calibration-fit.ts
  --report 2           the whole matrix, or its --family and --tier, with so many seeds of each family held out, into docs/diagnosis-quality.md
  --nulls 200          with --report: runs without a fault`;

/** Throws an `Error` that lists every problem. */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string', default: '' },
      family: { type: 'string' },
      seeds: { type: 'string', default: '1' },
      tier: { type: 'string' },
      threads: { type: 'string', default: '2' },
      details: { type: 'boolean', default: false },
      calibrate: { type: 'boolean', default: false },
      'keep-fit': { type: 'boolean', default: false },
      report: { type: 'string' },
      nulls: { type: 'string', default: '200' },
    },
  });
  const beginnings = values.only.split(',');
  const scenarios = namesIn('scenarios').filter((name) => beginnings.some((each) => name.startsWith(each)));
  const families = values.family?.split(',') ?? SPLIT.tuning.families;
  const tiers = values.tier?.split(',') ?? ['all'];
  const seeds = seedsOf(values.seeds);
  const problems = [
    ...(scenarios.length === 0
      ? [`Expected beginnings of scenario names for --only but received ${values.only}`]
      : []),
    ...unknownOf('--family', families, namesIn('families')),
    ...unknownOf('--tier', tiers, TIERS),
    ...(seeds === undefined
      ? [`Expected seeds such as 1-3 or 1,5,9 for --seeds but received ${values.seeds}`]
      : []),
    ...notCount('--report', values.report ?? '1'),
    ...notCount('--nulls', values.nulls),
    ...unknownOf('--threads', [values.threads], ['1', '2']),
  ];
  if (problems.length > 0) throw new Error(problems.join('\n'));
  const specs = (seeds ?? []).flatMap((seed) =>
    families
      .filter((family) => partOf(family, seed) !== undefined)
      .flatMap((family) => scenarios.map((scenario) => ({ scenario, family, seed, tiers: tiers as Tier[] }))),
  );
  const threadsCount = Number(values.threads);
  const command = `npm run fault-matrix -- ${args.join(' ')}`;
  const report =
    values.report === undefined
      ? undefined
      : {
          seedsCount: Number(values.report),
          nullsCount: Number(values.nulls),
          families: values.family === undefined ? namesIn('families') : families,
          tiers: values.tier === undefined ? TIERS : (tiers as Tier[]),
          threadsCount,
          command,
        };
  const keepsFit = values['keep-fit'];
  return {
    ...{ report, specs, threadsCount, command, keepsFit },
    details: values.details,
    calibrates: values.calibrate || keepsFit,
  };
}

function unknownOf(flag: string, given: readonly string[], known: readonly string[]): string[] {
  return given
    .filter((each) => !known.includes(each))
    .map((each) => `Expected ${flag} among ${known.join(', ')} but received ${each}`);
}

function notCount(flag: string, text: string): string[] {
  return /^\d+$/.test(text) ? [] : [`Expected a whole number for ${flag} but received ${text}`];
}

function seedsOf(text: string): readonly number[] | undefined {
  const ranges = text.split(',').map((part) => /^(\d+)(?:-(\d+))?$/.exec(part));
  if (ranges.some((range) => range === null)) return undefined;
  return ranges.flatMap((range) => {
    const from = Number(range?.[1]);
    const to = Number(range?.[2] ?? range?.[1]);
    return Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index);
  });
}
