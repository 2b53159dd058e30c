// @ts-check

/**
 * The house's walls, as data: the only place that says which package may import what.
 * The lint rules, the check of ARCHITECTURE.md and the check of package.json files all read it.
 */

/**
 * @typedef {object} Layer
 * @property {string} name
 * @property {string} why what is lost when a package of this layer imports from a layer to its right
 * @property {boolean} pure no `node:*`, no I/O, no clock, no randomness of its own
 * @property {boolean} importsItself whether packages of the layer may import each other (`tsc -b` refuses cycles)
 * @property {readonly string[]} packages folder names under `packages/`, `native/` or `apps/`
 */

/** From left to right: each layer imports only from those before it. @type {readonly Layer[]} */
export const LAYERS = [
  {
    name: 'base',
    why: 'everything stands on it, so it must stand on nothing',
    pure: true,
    importsItself: false,
    packages: ['units', 'errors'],
  },
  {
    name: 'schema',
    why: 'a trace must stay readable without the code that computes or records',
    pure: true,
    importsItself: false,
    packages: ['trace-schema'],
  },
  {
    name: 'domain',
    why: 'domain code answers the same for the same input, so it knows no file, socket, engine or command line',
    pure: true,
    importsItself: true,
    packages: [
      'flag-reader',
      'clock-sync',
      'nvidia-smi-parser',
      'metrics',
      'capacity',
      'prefill',
      'slo',
      'compare',
      'timing-import',
      'server-metrics',
      'workload',
      'serving-sim',
      'scenario',
      'diagnosis',
      'report',
      'trace-export',
      'live-view',
    ],
  },
  {
    name: 'adapter',
    why: 'an adapter ties one outside library to a port, so that it can be exchanged without touching the others',
    pure: false,
    importsItself: false,
    packages: [
      'tokenizer',
      'llm-client',
      'engine-launcher',
      'trace-store',
      'nvml-sampler',
      'host-probes',
      'tcp-arrival',
      'nvml-sim',
      'telemetry-link',
      'guarded-server',
      'run-metrics',
    ],
  },
  {
    name: 'engine',
    why: 'an engine runs inside any program, so it knows no command line',
    pure: false,
    importsItself: false,
    packages: ['harness', 'gpu-agent'],
  },
  {
    name: 'app',
    why: 'a program is the outermost ring',
    pure: false,
    importsItself: true,
    packages: ['llm-sim', 'agent', 'dashboard', 'cli'],
  },
];

/**
 * Outside libraries that reach past the process (a file, a socket, a terminal, native code): one package each, so that
 * there is one place to exchange, upgrade or fake them.
 *
 * @type {Readonly<Record<string, { readonly owners: readonly string[]; readonly why: string }>>}
 */
export const OWNED_LIBRARIES = {
  '@duckdb/node-api': { owners: ['trace-store'], why: 'others read a trace through the TraceReader port' },
  '@duckdb/node-bindings': {
    owners: ['trace-store'],
    why: 'others read a trace through the TraceReader port',
  },
  undici: { owners: ['llm-client'], why: 'a second HTTP client would stamp tokens differently' },
  '@huggingface/tokenizers': {
    owners: ['tokenizer'],
    why: 'others count tokens through the TokenCounter port',
  },
  ws: { owners: ['telemetry-link'], why: 'others speak to an agent through the link' },
  'cmake-js': {
    owners: ['nvml-sampler', 'tcp-arrival', 'nvml-sim'],
    why: 'only native packages are compiled',
  },
  'node-addon-api': {
    owners: ['nvml-sampler', 'tcp-arrival', 'nvml-sim'],
    why: 'only native packages are compiled',
  },
  'node-api-headers': {
    owners: ['nvml-sampler', 'tcp-arrival', 'nvml-sim'],
    why: 'only native packages are compiled',
  },
  uplot: { owners: ['report'], why: 'one charting library draws every page' },
  rolldown: { owners: ['report', 'dashboard'], why: 'only what has a page is bundled' },
  'playwright-core': { owners: ['report', 'dashboard'], why: 'only what has a page is opened in a browser' },
  'axe-core': { owners: ['report', 'dashboard'], why: 'only what has a page is opened in a browser' },
  commander: { owners: ['agent', 'cli'], why: 'only a program has a command line' },
  'prom-client': { owners: ['llm-sim', 'agent', 'run-metrics'], why: 'it keeps a process-wide registry' },
};

/**
 * Outside libraries that only compute: any package may import them. (`saxes` reads XML as it comes, so that text cut short still gives
 * what it held; it opens nothing.)
 *
 * @type {readonly string[]}
 */
export const PURE_LIBRARIES = [
  'zod',
  'pure-rand',
  'd3-random',
  'csv-parse',
  'cli-table3',
  'jsonc-parser',
  'saxes',
  'yaml',
  'pbf',
];

/** The npm name of a package, by folder. @param {string} folder */
export function packageNameOf(folder) {
  return folder === 'cli' ? 'fluidscope' : `@fluidscope/${folder}`;
}

/** @param {string} folder @returns {Layer | undefined} */
export function layerOf(folder) {
  return LAYERS.find((layer) => layer.packages.includes(folder));
}

/**
 * Why package `from` may not import package `to` (both folder names), or `undefined` when it may.
 *
 * @param {string} from
 * @param {string} to
 * @returns {string | undefined}
 */
export function whyNotImport(from, to) {
  const fromLayer = layerOf(from);
  const toLayer = layerOf(to);
  const unplaced = fromLayer === undefined ? from : to;
  if (fromLayer === undefined || toLayer === undefined) {
    return `"${unplaced}" has no layer: give it one in tools/eslint/layers.js`;
  }
  if (fromLayer === toLayer) {
    if (from === to || fromLayer.importsItself) return undefined;
    return `both are of the ${fromLayer.name} layer, whose packages do not know each other: ${fromLayer.why}`;
  }
  if (LAYERS.indexOf(toLayer) < LAYERS.indexOf(fromLayer)) return undefined;
  return `${from} (${fromLayer.name}) is left of ${to} (${toLayer.name}): ${fromLayer.why}`;
}
