import { butForTruth, type DeadlineCounts, type MissTruth, type Scenario } from '@fluidscope/scenario';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { deflateSync, inflateSync } from 'node:zlib';

/** The truth of a run, as far as scoring needs it. */
export interface RunTruth {
  readonly whole: DeadlineCounts;
  readonly without: Readonly<Record<string, DeadlineCounts>>;
  readonly misses: readonly ScoredMiss[];
}

export type ScoredMiss = Pick<MissTruth, 'seq' | 'arrivalNs' | 'missedCount' | 'shares' | 'baselineShare'> & {
  readonly requestIndex: number;
};

const ROOT = new URL('../../../', import.meta.url);
const CACHE = new URL('.cache/fault-matrix/', ROOT);
/** All that a virtual run is made of. */
const SIMULATOR = ['scenario', 'serving-sim', 'metrics', 'workload'];

/** Of what is kept: another form, another key. */
const FORM = 2;

let fingerprint: string | undefined;

/** Replays take as long as the runs themselves, and are the same until the scenario or the simulator changes: they are kept in `.cache`. */
export function truthOf(scenario: Scenario, seed: number): RunTruth {
  fingerprint ??= fingerprintOf(SIMULATOR);
  const key = createHash('sha256')
    .update(JSON.stringify([FORM, fingerprint, seed, scenario]))
    .digest('hex');
  const path = fileURLToPath(new URL(`${key}.json.z`, CACHE));
  try {
    return JSON.parse(inflateSync(readFileSync(path)).toString()) as RunTruth;
  } catch {
    const truth = computed(scenario, seed);
    mkdirSync(CACHE, { recursive: true });
    const unfinished = `${path}.${process.pid}.${Math.floor(performance.now() * 1e6)}`;
    writeFileSync(unfinished, deflateSync(JSON.stringify(truth)));
    renameSync(unfinished, path);
    return truth;
  }
}

function computed(scenario: Scenario, seed: number): RunTruth {
  const { whole, without, misses } = butForTruth(scenario, seed);
  return {
    whole,
    without,
    misses: misses.map(({ requestId, seq, arrivalNs, missedCount, shares, baselineShare }) => ({
      requestIndex: Number(requestId.slice(1)),
      seq,
      arrivalNs,
      missedCount,
      shares,
      baselineShare,
    })),
  };
}

function fingerprintOf(packages: readonly string[]): string {
  const hash = createHash('sha256');
  for (const name of packages) {
    const folder = new URL(`packages/${name}/dist/`, ROOT);
    for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' }).toSorted())
      if (file.endsWith('.js')) hash.update(file).update(readFileSync(new URL(file, folder)));
  }
  return hash.digest('hex');
}
