/** A live page beside the run that it shows: LIVE_SECONDS (30) of 1,000 streams of 20 tokens/s, with 8 simulated GPUs. */
const SECONDS = Number(process.env.LIVE_SECONDS ?? 30);
const STREAMS_COUNT = 1_000;
const TOKENS_PER_S = 20;

const load = ['--streams', STREAMS_COUNT, '--rate', TOKENS_PER_S, '--tokens', SECONDS * TOKENS_PER_S].map(
  String,
);

function contender(name, page, stamps, requires = []) {
  return {
    name: `${name}, ${stamps} stamps`,
    command: ['node', 'measure-live.mjs', '--page', page, '--stamps', stamps, ...load],
    requires,
  };
}

export default {
  name: 'live',
  about:
    `The same run (${STREAMS_COUNT} streams of ${TOKENS_PER_S} tokens/s for ${SECONDS} s, an agent with 8 simulated GPUs) without a live page, ` +
    'with one that nobody looks at, and with one in a browser on the same machine. The server has one core, the run and its page another.',
  contenders: ['kernel', 'user'].flatMap((stamps) => [
    contender('run', 'none', stamps),
    contender('run --live', 'served', stamps),
    contender('run --live, in a browser', 'browser', stamps, 'chromium'),
  ]),
  figures: [
    { key: 'error_p50_us', unit: 'µs', better: 'lower', ratioTo: 'run, kernel stamps' },
    { key: 'error_p99_us', unit: 'µs', better: 'lower', ratioTo: 'run, kernel stamps' },
    { key: 'cpu_us_per_token', unit: 'µs of CPU/token', better: 'lower', ratioTo: 'run, kernel stamps' },
    { key: 'frames_made_per_s', unit: 'frames/s', better: 'higher' },
    { key: 'frames_late_ratio', unit: 'of frames', better: 'lower' },
    { key: 'frames_came_per_s', unit: 'frames/s', better: 'higher' },
    { key: 'pictures_per_s', unit: 'pictures/s', better: 'higher' },
    { key: 'records_late_per_s', unit: 'records/s', better: 'lower' },
    { key: 'run_growth_bytes_per_s', unit: 'bytes/s', better: 'lower' },
    { key: 'page_growth_bytes_per_s', unit: 'bytes/s', better: 'lower' },
    { key: 'page_cpu_ratio', unit: 'of a core, main thread', better: 'lower' },
    { key: 'browser_cpu_ratio', unit: 'of a core, all its processes', better: 'lower' },
    { key: 'pictures_whole_ratio', unit: 'of strips drawn whole', better: 'lower' },
  ],
  aims: [
    { contender: 'run --live, in a browser, kernel stamps', figure: 'frames_made_per_s', atLeast: 19.9 },
    { contender: 'run --live, in a browser, kernel stamps', figure: 'frames_came_per_s', atLeast: 19.9 },
    { contender: 'run --live, in a browser, kernel stamps', figure: 'pictures_per_s', atLeast: 19.5 },
    { contender: 'run --live, in a browser, kernel stamps', figure: 'error_p99_us', atMost: 50 },
  ],
  repeats: 3,
};
