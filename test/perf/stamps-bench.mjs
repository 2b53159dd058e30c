import { VENV_PYTHON } from './venv-python.mjs';

/**
 * The bench of token stamps at one number of streams. Each contender starts a simulated server of its own on one core and
 * itself runs on another, so neither takes the other's time; without `taskset` they share what there is.
 *
 * @param {{ name: string; streamsCount: number; tokensCount: number; tokensPerS: number }} load tokens are of one stream
 */
export function stampsBench({ name, streamsCount, tokensCount, tokensPerS }) {
  const measure = (client) => [
    'node',
    'measure-stamps.mjs',
    client,
    ...[streamsCount, tokensCount, tokensPerS].map(String),
  ];
  return {
    name,
    about:
      `${streamsCount} streams of ${tokensPerS} tokens/s, ${tokensCount} tokens each, one stream begun a millisecond. Error is the ` +
      `client's stamp less the moment at which the server wrote the token; the server on one core, the client on another.`,
    prepare: ['node', 'set-up-python.mjs'],
    contenders: [
      { name: 'fluidscope run', command: measure('run') },
      { name: 'llm-client', command: measure('llm-client') },
      { name: 'undici', command: measure('undici') },
      { name: 'aiohttp', command: measure('aiohttp'), requires: ['python3', `${VENV_PYTHON}:aiohttp`] },
      { name: 'httpx', command: measure('httpx'), requires: ['python3', `${VENV_PYTHON}:httpx`] },
    ],
    figures: [
      { key: 'cpu_us_per_token', unit: 'µs of CPU/token', better: 'lower', ratioTo: 'aiohttp' },
      { key: 'error_p50_us', unit: 'µs', better: 'lower', ratioTo: 'aiohttp' },
      { key: 'error_p99_us', unit: 'µs', better: 'lower', ratioTo: 'aiohttp' },
      { key: 'error_p999_us', unit: 'µs', better: 'lower', ratioTo: 'aiohttp' },
      { key: 'within_bound_ratio', unit: 'of stamps', better: 'higher' },
      { key: 'tokens_per_s', unit: 'tokens/s', better: 'higher' },
      { key: 'server_late_p99_us', unit: 'µs', better: 'lower' },
    ],
    aims: [
      { contender: 'fluidscope run', figure: 'cpu_us_per_token', atMost: 12 },
      { contender: 'fluidscope run', figure: 'error_p99_us', atMost: 50 },
    ],
    repeats: 3,
  };
}
