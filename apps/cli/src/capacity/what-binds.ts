import type { CapacityBinding } from '@fluidscope/report';
import { findingHeadline } from '@fluidscope/report';
import { messageOf } from '@fluidscope/errors';
import { diagnoseFile } from '../diagnose/diagnose-file.js';
import type { ReadPoint } from './read-point.js';

/** Further above the capacity than this an engine fails for reasons of its own. */
const NEAR_RATIO = 1.3;

/** So many points are diagnosed at the most: it takes a second or more each. */
const MOST_DIAGNOSED_COUNT = 3;
/** A cause in the client, or none, says nothing of what binds the server: another point may. */
const SAYS_NOTHING: readonly string[] = ['unknown', 'client_lag'];

type Binds = CapacityBinding | { readonly unknownBecause: string };

/**
 * What the diagnosis of the point nearest above the capacity (or nearest at all) says of the most missed deadlines; never throws. Where the engine cannot keep
 * up before anything else fails, that of the largest burst: it was full then, and at loads that it keeps up with only chance misses.
 */
export async function whatBinds(
  points: readonly ReadPoint[],
  { load, isFull }: { readonly load: number; readonly isFull: boolean },
): Promise<Binds> {
  const bursts = isFull ? points.filter((point) => isBurst(point) && missesSome(point)).toReversed() : [];
  const near = nearestAbove(
    points.filter((point) => !isBurst(point)),
    load,
  );
  let first: Binds | undefined;
  for (const point of [...bursts, ...near].slice(0, MOST_DIAGNOSED_COUNT)) {
    const binds = await diagnosed(point);
    if ('cause' in binds && !SAYS_NOTHING.includes(binds.cause)) return binds;
    first ??= binds;
  }
  return first ?? { unknownBecause: 'no load near the capacity missed a deadline' };
}

async function diagnosed(point: ReadPoint): Promise<Binds> {
  try {
    const { diagnosis, sources } = await diagnoseFile(point.tracePath);
    const [finding] = diagnosis.findings;
    if (finding === undefined)
      return { unknownBecause: 'the run nearest above the capacity missed no deadline' };
    const { cause, evidence, advice } = finding;
    const headline = findingHeadline(finding, diagnosis, sources);
    return { load: point.measured.load, isBurst: isBurst(point), cause, headline, evidence, advice };
  } catch (thrown) {
    return { unknownBecause: messageOf(thrown) };
  }
}

/** Those that are near above it first, from the nearest, then the others. */
function nearestAbove(points: readonly ReadPoint[], capacityLoad: number): readonly ReadPoint[] {
  const missing = points.filter(missesSome);
  const isNearAbove = ({ measured: { load } }: ReadPoint): boolean =>
    load >= capacityLoad && load <= NEAR_RATIO * capacityLoad;
  const distance = ({ measured: { load } }: ReadPoint): number => Math.abs(load - capacityLoad);
  const byDistance = missing.toSorted((a, b) => distance(a) - distance(b));
  return [...byDistance.filter(isNearAbove), ...byDistance.filter((point) => !isNearAbove(point))];
}

function isBurst({ measured }: ReadPoint): boolean {
  return measured.purpose === 'burst';
}

function missesSome({ shown: { fluidityIndex } }: ReadPoint): boolean {
  return fluidityIndex !== undefined && fluidityIndex < 1;
}
