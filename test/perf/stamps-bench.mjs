import { VENV_PYTHON } from './venv-python.mjs';

const CONTENDERS = [
  { name: 'fluidscope run' },
  { name: 'fluidscope run, user stamps' },
  { name: 'llm-client' },
  { name: 'llm-client, user stamps' },
  { name: 'undici' },
  { name: 'aiohttp', requires: ['python3', `${VENV_PYTHON}:aiohttp`] },
  { name: 'httpx', requires: ['python3', `${VENV_PYTHON}:httpx`] },
];

const WITHIN_BOUND = { key: 'within_bound_ratio', unit: 'of stamps', better: 'higher' };

/**
 * A bench of token stamps. Each contender starts a simulated server of its own on one core and itself runs on another, so neither takes
 * the other's time; without `taskset` they share what there is. `STAMPS_SCALE=0.1` shortens the streams to a tenth, for a try.
 *
 * @param {object} bench
 * @param {string} bench.name
 * @param {string} [bench.about] what is special about it
 * @param {number} bench.streamsCount
 * @param {number} bench.tokensCount of one stream
 * @param {number} bench.tokensPerS of one stream
 * @param {readonly string[]} [bench.flags] further ones for measure-stamps.mjs
 * @param {readonly string[]} [bench.without] contenders that do not take part
 * @param {readonly string[]} [bench.requires] programs that every contender needs
 */
export function stampsBench({
  name,
  about,
  streamsCount,
  tokensCount,
  tokensPerS,
  flags = [],
  without = [],
  requires = [],
}) {
  const scaledTokens = Math.max(Math.round(tokensCount * Number(process.env.STAMPS_SCALE ?? 1)), 10);
  const load = ['--streams', streamsCount, '--tokens', scaledTokens, '--rate', tokensPerS].map(String);
  const contenders = CONTENDERS.filter((contender) => !without.includes(contender.name));
  const ratioTo = without.includes('aiohttp') ? 'undici' : 'aiohttp';
  return {
    name,
    about:
      `${streamsCount} streams of ${tokensPerS} tokens/s, ${scaledTokens} tokens each, one stream begun a millisecond${about ?? ''}. Error is ` +
      `the client's stamp less the moment at which the server wrote the token; the server on one core, the client on another.`,
    prepare: ['node', 'set-up-python.mjs'],
    contenders: contenders.map((contender) => ({
      name: contender.name,
      command: ['node', 'measure-stamps.mjs', '--client', contender.name, ...load, ...flags],
      requires: [...requires, ...(contender.requires ?? [])],
    })),
    figures: [
      { key: 'load_cpu_us_per_token', unit: 'µs of CPU/token', better: 'lower', ratioTo },
      { key: 'cpu_us_per_token', unit: 'µs of CPU/token', better: 'lower', ratioTo },
      { key: 'before_load_cpu_ms', unit: 'ms of CPU', better: 'lower' },
      { key: 'after_load_cpu_ms', unit: 'ms of CPU', better: 'lower' },
      { key: 'error_p50_us', unit: 'µs', better: 'lower', ratioTo },
      { key: 'error_p99_us', unit: 'µs', better: 'lower', ratioTo },
      { key: 'error_p999_us', unit: 'µs', better: 'lower', ratioTo },
      WITHIN_BOUND,
      { key: 'bound_p99_us', unit: 'µs', better: 'lower' },
      { key: 'bound_p999_us', unit: 'µs', better: 'lower' },
      { key: 'tokens_per_s', unit: 'tokens/s', better: 'higher' },
      { key: 'server_late_p99_us', unit: 'µs', better: 'lower' },
    ],
    aims: [
      { contender: 'fluidscope run', figure: 'load_cpu_us_per_token', atMost: 12 },
      { contender: 'fluidscope run', figure: 'error_p99_us', atMost: 50 },
      { contender: 'fluidscope run', figure: WITHIN_BOUND.key, atLeast: 0.999 },
    ],
    repeats: 3,
  };
}
