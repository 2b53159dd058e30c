import { TIERS, type RunSpec } from './run-spec.js';
import { namesIn } from './scenario-files.js';
import { SPLIT, type PartName } from './split.js';

const NULL_SCENARIO = 'n10b-nothing-but-late';
const FIRST_SEED: Readonly<Record<PartName, number>> = { tuning: 1, heldOut: 301 };
/** A decoy brings its own telemetry. */
const IS_FAULT = /^f/;

/**
 * Runs of a part: every scenario under its families; with less telemetry only what is reported on. So many seeds of each family that is held out, and of those that are tuned on as
 * make about as many runs.
 */
export function partSpecs(part: PartName, seedsCount: number): RunSpec[] {
  const families = SPLIT[part].families.length;
  const ownCount = Math.ceil((seedsCount * SPLIT.heldOut.families.length) / families);
  return seedsOf(part, ownCount).flatMap((seed) =>
    SPLIT[part].families.flatMap((family) =>
      namesIn('scenarios').map((scenario) => ({
        ...{ scenario, family, seed },
        tiers: part === 'heldOut' && IS_FAULT.test(scenario) ? TIERS : (['all'] as const),
      })),
    ),
  );
}

/** Runs without a fault, whose deadlines the load itself misses; none that a part has. */
export function nullSpecs(count: number): RunSpec[] {
  const { families } = SPLIT.heldOut;
  return Array.from({ length: count }, (_, index) => ({
    scenario: NULL_SCENARIO,
    family: families[index % families.length] ?? families[0],
    seed: 2001 + Math.floor(index / families.length),
    tiers: ['all'],
  }));
}

function seedsOf(part: PartName, count: number): number[] {
  return Array.from({ length: count }, (_, index) => FIRST_SEED[part] + index);
}
