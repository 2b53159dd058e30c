// Many searches of one kind for every SLO. Prints one line of JSON.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SLOS } from './virtual-server.mjs';
import { bisectVirtual, searchVirtual } from './virtual-search.mjs';

/** Other seeds than those that the search was tuned on. */
const FIRST_SEED = Number(process.env['CAPACITY_SEED'] ?? 70_001);
const SEARCHES_COUNT = Number(process.env['CAPACITY_SEARCHES'] ?? 100);
const kind = process.argv[2] ?? '3%';
/** A share of the capacity, such as 3%, or the requests of a run of a bisection. */
const precisionRatio = kind.endsWith('%') ? Number(kind.slice(0, -1)) / 100 : undefined;
/** @type {Record<string, number>} */
const truths = JSON.parse(readFileSync(join(process.env['BENCH_DIR'] ?? '.', 'truth.json'), 'utf8'));

/** @typedef {{ errorRatio: number, isCovered: boolean | undefined, requestsCount: number }} Found */

/** @param {import('./virtual-server.mjs').VirtualTerm[]} terms @param {number} truth @param {number} seed @returns {Found} */
function search(terms, truth, seed) {
  if (precisionRatio === undefined) {
    const { ratePerS, requestsCount } = bisectVirtual(terms, seed, Number(kind));
    return { errorRatio: ratePerS / truth - 1, isCovered: undefined, requestsCount };
  }
  const { answer, requestsCount } = searchVirtual(terms, seed, { precisionRatio });
  if (answer.kind !== 'found') return { errorRatio: Infinity, isCovered: false, requestsCount };
  return {
    errorRatio: answer.load / truth - 1,
    isCovered: answer.lowLoad <= truth && truth <= answer.highLoad,
    requestsCount,
  };
}

/** @param {readonly number[]} values @param {number} ratio */
function quantileOf(values, ratio) {
  return (
    values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(ratio * values.length))] ?? NaN
  );
}

/** @param {readonly Found[]} found @param {(each: Found) => boolean} holds */
const pctOf = (found, holds) => (100 * found.filter(holds).length) / found.length;

const figures = Object.entries(SLOS).flatMap(([slo, terms]) => {
  const found = Array.from({ length: SEARCHES_COUNT }, (_, seed) =>
    search(terms, truths[slo] ?? NaN, FIRST_SEED + seed),
  );
  console.error(slo, 'done');
  return [
    [`${slo}_truth_per_s`, truths[slo]],
    [`${slo}_within_3_pct`, pctOf(found, ({ errorRatio }) => Math.abs(errorRatio) <= 0.03)],
    [`${slo}_within_10_pct`, pctOf(found, ({ errorRatio }) => Math.abs(errorRatio) <= 0.1)],
    ...(precisionRatio !== undefined
      ? [[`${slo}_interval_covers_pct`, pctOf(found, ({ isCovered }) => isCovered === true)]]
      : []),
    [
      `${slo}_requests_median_count`,
      quantileOf(
        found.map(({ requestsCount }) => requestsCount),
        0.5,
      ),
    ],
    [
      `${slo}_error_p90_pct`,
      100 *
        quantileOf(
          found.map(({ errorRatio }) => Math.abs(errorRatio)),
          0.9,
        ),
    ],
  ];
});
console.log(JSON.stringify(Object.fromEntries(figures)));
