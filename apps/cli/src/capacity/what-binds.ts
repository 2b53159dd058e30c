import type { CapacityBinding } from '@fluidscope/report';
import { findingHeadline } from '@fluidscope/report';
import { messageOf } from '@fluidscope/errors';
import { diagnoseFile } from '../diagnose/diagnose-file.js';
import type { ReadPoint } from './read-point.js';

/** Further above the capacity than this an engine fails for reasons of its own. */
const NEAR_RATIO = 1.3;

/** What the diagnosis of the point nearest above the capacity (or nearest at all) says of the most missed deadlines; never throws. */
export async function whatBinds(
  points: readonly ReadPoint[],
  capacityLoad: number,
): Promise<CapacityBinding | { readonly unknownBecause: string }> {
  const point = nearestAbove(points, capacityLoad);
  if (point === undefined) return { unknownBecause: 'no load near the capacity missed a deadline' };
  try {
    const { diagnosis, sources } = await diagnoseFile(point.tracePath);
    const [finding] = diagnosis.findings;
    if (finding === undefined)
      return { unknownBecause: 'the run nearest above the capacity missed no deadline' };
    const { cause, evidence, advice } = finding;
    return {
      load: point.measured.load,
      cause,
      headline: findingHeadline(finding, diagnosis, sources),
      evidence,
      advice,
    };
  } catch (thrown) {
    return { unknownBecause: messageOf(thrown) };
  }
}

function nearestAbove(points: readonly ReadPoint[], capacityLoad: number): ReadPoint | undefined {
  const missing = points.filter(({ shown }) => shown.fluidityIndex !== undefined && shown.fluidityIndex < 1);
  const above = missing
    .filter(({ measured: { load } }) => load >= capacityLoad && load <= NEAR_RATIO * capacityLoad)
    .toSorted((a, b) => a.measured.load - b.measured.load);
  const near = missing.toSorted(
    (a, b) => Math.abs(a.measured.load - capacityLoad) - Math.abs(b.measured.load - capacityLoad),
  );
  return above[0] ?? near[0];
}
