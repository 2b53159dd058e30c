// How well a known capacity is found: the searches' figures are no timings, and hold on any machine.
const SLOS = ['fluidity', 'ttft', 'both', 'small'];

export default {
  name: 'capacity',
  about:
    'Searches for the capacity of a simulated engine that is known from long virtual runs, 100 seeds for each of four SLOs (CAPACITY_SEARCHES for fewer).',
  prepare: ['node', 'prepare-truth.mjs'],
  contenders: [
    { name: 'fluidscope', command: ['node', 'search-many.mjs', '3%'] },
    { name: 'fluidscope, --precision 10%', command: ['node', 'search-many.mjs', '10%'] },
    { name: 'bisection, 1,000 a run', command: ['node', 'search-many.mjs', '1000'] },
    { name: 'bisection, 5,000 a run', command: ['node', 'search-many.mjs', '5000'] },
  ],
  figures: SLOS.flatMap((slo) => [
    { key: `${slo}_within_3_pct`, unit: '% of searches', better: 'higher' },
    { key: `${slo}_within_10_pct`, unit: '% of searches', better: 'higher' },
    { key: `${slo}_interval_covers_pct`, unit: '% of searches', better: 'higher' },
    { key: `${slo}_requests_median_count`, unit: 'requests', better: 'lower' },
    { key: `${slo}_error_p90_pct`, unit: '%', better: 'lower' },
  ]),
  aims: SLOS.flatMap((slo) => [
    { contender: 'fluidscope', figure: `${slo}_within_3_pct`, atLeast: 95 },
    { contender: 'fluidscope', figure: `${slo}_interval_covers_pct`, atLeast: 95 },
    { contender: 'fluidscope, --precision 10%', figure: `${slo}_within_10_pct`, atLeast: 95 },
    { contender: 'fluidscope, --precision 10%', figure: `${slo}_interval_covers_pct`, atLeast: 95 },
  ]),
  repeats: 1,
  timeoutS: 3600,
};
