// @ts-check

/** @typedef {import('./bench-file.js').Bench} Bench */
/** @typedef {import('./bench-file.js').Figure} Figure */
/** One run that gave figures. @typedef {{ contender: string; round: number; figures: Record<string, unknown> }} Outcome */
/** @typedef {{ median: number; min: number; max: number; runsCount: number }} Spread */
/** @typedef {{ contender: string; figure: Figure; value: Spread | undefined; ratio: Spread | undefined }} Row */

/** One row a figure and contender, in the order of the bench file. @param {Bench} bench @param {readonly Outcome[]} outcomes @returns {readonly Row[]} */
export function summarise(bench, outcomes) {
  return bench.figures.flatMap((figure) =>
    bench.contenders.map(({ name }) => ({
      contender: name,
      figure,
      value: spreadOf([...valuesByRound(outcomes, name, figure.key).values()]),
      ratio: figure.ratioTo === undefined ? undefined : ratioSpread(outcomes, name, figure.ratioTo, figure),
    })),
  );
}

/**
 * How many times better `contender` is than `base`, paired by round: above 1 is better whichever way the figure points.
 *
 * @param {readonly Outcome[]} outcomes
 * @param {string} contender
 * @param {string} base
 * @param {Figure} figure
 */
export function ratioSpread(outcomes, contender, base, figure) {
  const baseValues = valuesByRound(outcomes, base, figure.key);
  const ratios = [...valuesByRound(outcomes, contender, figure.key)].flatMap(([round, value]) => {
    const baseValue = baseValues.get(round);
    if (baseValue === undefined) return [];
    const ratio = figure.better === 'higher' ? value / baseValue : baseValue / value;
    return Number.isFinite(ratio) ? [ratio] : [];
  });
  return spreadOf(ratios);
}

/** @param {readonly Outcome[]} outcomes @param {string} contender @param {string} key @returns {Map<number, number>} */
function valuesByRound(outcomes, contender, key) {
  const values = new Map();
  for (const outcome of outcomes) {
    const value = outcome.figures[key];
    if (outcome.contender === contender && typeof value === 'number') values.set(outcome.round, value);
  }
  return values;
}

/** @param {readonly number[]} values @returns {Spread | undefined} `undefined` when there is no value */
export function spreadOf(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const [min] = sorted;
  const max = sorted.at(-1);
  const low = sorted[(sorted.length - 1) >> 1];
  const high = sorted[sorted.length >> 1];
  if (min === undefined || max === undefined || low === undefined || high === undefined) return undefined;
  return { median: (low + high) / 2, min, max, runsCount: sorted.length };
}

/**
 * Each aim with what was reached; `met` is `undefined` when nothing was.
 *
 * @param {Bench} bench
 * @param {readonly Outcome[]} outcomes
 */
export function judgeAims(bench, outcomes) {
  return (bench.aims ?? []).map((aim) => {
    const figure = bench.figures.find(({ key }) => key === aim.figure);
    const spread =
      figure === undefined
        ? undefined
        : aim.ratioTo === undefined
          ? spreadOf([...valuesByRound(outcomes, aim.contender, aim.figure).values()])
          : ratioSpread(outcomes, aim.contender, aim.ratioTo, figure);
    const reached = spread?.median;
    const met =
      reached === undefined
        ? undefined
        : reached >= (aim.atLeast ?? -Infinity) && reached <= (aim.atMost ?? Infinity);
    return { ...aim, reached, met };
  });
}
