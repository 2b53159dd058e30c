/** Discriminator P: whether the stalls that are like one come at even distances, in time or in steps of the engine. */
export interface Periodicity {
  /** Stalls of its engine, scope and about its length, itself among them. */
  readonly likeCount: number;
  readonly periodNs: number;
  /** Share of the distances between them that are 1, 2 or 3 periods, to within a tenth; by chance about 0.3. */
  readonly inTimeRatio: number;
  readonly periodStepsCount: number;
  readonly inStepsRatio: number;
}

/** With fewer there is no period to tell. */
export const FEWEST_LIKE_COUNT = 4;
/** Where one was not seen, the distance is twice the period. */
const MOST_PERIODS_COUNT = 3;
const TOLERANCE_RATIO = 0.1;
/** Stalls within a factor of 1.5 in length are alike. */
const LENGTHS_PER_DOUBLING = 2;

export interface TimedStall {
  /** What must be the same for two to be alike. */
  readonly kind: string;
  readonly startNs: number;
  readonly endNs: number;
}

/** By stall; `undefined` where fewer than four are alike. `stepsBefore`: the engine's steps up to a time. */
export function periodicities<Item extends TimedStall>(
  stalls: readonly Item[],
  stepsBefore: (timeNs: number) => number,
): ReadonlyMap<Item, Periodicity> {
  const byLength = new Map<string, Item[]>();
  for (const stall of stalls) {
    for (const length of [-1, 0, 1]) {
      const key = `${stall.kind} ${lengthClassOf(stall) + length}`;
      const group = byLength.get(key);
      if (group === undefined) byLength.set(key, [stall]);
      else group.push(stall);
    }
  }
  const found = new Map<string, Periodicity | undefined>();
  const result = new Map<Item, Periodicity>();
  for (const stall of stalls) {
    const key = `${stall.kind} ${lengthClassOf(stall)}`;
    if (!found.has(key)) found.set(key, periodicityOf(byLength.get(key) ?? [], stepsBefore));
    const periodicity = found.get(key);
    if (periodicity !== undefined) result.set(stall, periodicity);
  }
  return result;
}

function lengthClassOf({ startNs, endNs }: TimedStall): number {
  return Math.round(LENGTHS_PER_DOUBLING * Math.log2(Math.max(1, endNs - startNs)));
}

function periodicityOf(
  stalls: readonly TimedStall[],
  stepsBefore: (timeNs: number) => number,
): Periodicity | undefined {
  if (stalls.length < FEWEST_LIKE_COUNT) return undefined;
  const startsNs = Float64Array.from(stalls, ({ startNs }) => startNs).sort();
  const inTime = evenDistance(distancesOf(startsNs));
  const inSteps = evenDistance(distancesOf(startsNs.map(stepsBefore)));
  return {
    likeCount: stalls.length,
    periodNs: inTime.distance,
    inTimeRatio: inTime.fittingRatio,
    periodStepsCount: inSteps.distance,
    inStepsRatio: inSteps.fittingRatio,
  };
}

function distancesOf(places: Float64Array): Float64Array {
  return places.slice(1).map((place, index) => place - (places[index] ?? NaN));
}

interface EvenDistance {
  readonly distance: number;
  readonly fittingRatio: number;
}

/** The distance, itself one of those seen, of which most others are small multiples. */
function evenDistance(distances: Float64Array): EvenDistance {
  let best: EvenDistance = { distance: NaN, fittingRatio: 0 };
  for (const place of [0.25, 0.5, 0.75]) {
    const distance = distances.toSorted()[Math.floor(place * (distances.length - 1))] ?? NaN;
    const fittingCount = distances.filter((each) => isMultiple(each / distance)).length;
    const fittingRatio = fittingCount / distances.length;
    if (fittingRatio > best.fittingRatio) best = { distance, fittingRatio };
  }
  return best;
}

function isMultiple(ratio: number): boolean {
  const whole = Math.round(ratio);
  return whole >= 1 && whole <= MOST_PERIODS_COUNT && Math.abs(ratio - whole) <= TOLERANCE_RATIO * whole;
}
