/** How often a comparison of runs that differ in their seed alone calls a figure of them really different; docs/compare.md has the answer. */
const contender = (name, ...overlays) => ({ name, command: ['node', 'false-alarms.mjs', ...overlays] });

export default {
  name: 'false-alarms',
  about:
    'Comparisons of two simulated runs that differ in their seed alone. It promises 5 % for all figures together, and for each interval.',
  contenders: [
    contender('a minute at 4 requests a second'),
    contender(
      'half a minute at 20',
      '{ duration: 30s, load: { arrivals: { kind: poisson, rate: 20 }, prompt_tokens: 300, output_tokens: 40 } }',
    ),
    contender(
      'a minute with an engine that pauses every 7 s',
      'faults: [{ kind: engine_pause, at: 3s, every: 7s, pause: 700ms }]',
    ),
  ],
  figures: [
    { key: 'pairs_count', unit: 'comparisons', better: 'higher' },
    { key: 'called_real_count', unit: 'comparisons', better: 'lower' },
    { key: 'called_real_ratio', unit: 'of comparisons', better: 'lower' },
    { key: 'zero_left_out_ratio', unit: 'of intervals', better: 'lower' },
  ],
  // Seeded: a second round gives the same.
  repeats: 1,
  timeoutS: 1_800,
};
