import { CURVE_TBT_DEADLINE_NS, highestFluentRatePerS, type SystemCurve } from './chunked-prefill.js';
import type { Findings } from './findings.js';
import { PAUSE_NS, PIECES_COUNT, TBT_DEADLINE_NS, type StalledRun } from './hidden-stall.js';
import { ARXIV_LIKE, SHAREGPT_LIKE, type WorkloadShape } from './lengths.js';
import { ONLINE_RATE_PER_S, ranking, type TokenRates } from './token-rates.js';

const MS = 1e6;
const FLOOR_RATIO = 0.8;

/** The page, whole: it is written by `npm run paper-findings` and by nobody's hand. */
export function findingsMarkdown(findings: Findings, seed: number): string {
  return `${[
    '# The paper’s findings, on the simulated engine',
    'The Metron paper (arXiv 2407.07000) says why conventional metrics mislead. Three of its findings, reproduced with this project’s own metrics on its own simulated engine (one A100 with Llama-3-8B, `packages/serving-sim`), in virtual time:',
    `\`\`\`sh\nnpm run paper-findings   # some ten seconds; writes this page and its charts\n\`\`\``,
    `They are findings about the metrics and about scheduling, not about any real engine: the simulator’s step times come from published profiles, its arrivals are Poisson, seed ${seed}. Its requests are log-normal stand-ins: ${shapeText(ARXIV_LIKE)}; ${shapeText(SHAREGPT_LIKE)}. The tests in \`test/paper-findings\` pin every claim below for more than one seed.`,
    'First tokens are due by each prompt’s length: the prefill curve of the same engine, measured alone and fitted as `fluidscope prefill` does, and the default slack ([prefill.md](prefill.md)).',
    ratesSection(findings.rates),
    chunkedSection(findings),
    stallSection(findings),
  ].join('\n\n')}\n`;
}

function shapeText({ name, prompt, output }: WorkloadShape): string {
  return `${name}, prompts of ${prompt.medianTokens} tokens (median; 90th percentile ${prompt.p90Tokens}), answers of ${output.medianTokens} (${output.p90Tokens})`;
}

function ratesSection(rates: readonly TokenRates[]): string {
  const rank = (by: (rates: TokenRates) => number): string => ranking(rates, by).join(', ');
  const table = tableOf(
    [
      'system',
      'throughput, everything at once',
      `1 / median TPOT at ${ONLINE_RATE_PER_S}/s`,
      `fluid token generation rate at ${ONLINE_RATE_PER_S}/s`,
    ],
    rates.map((each) => [
      each.system,
      `${each.throughputPerS.toFixed(0)} tokens/s`,
      `${each.tpotRatePerS.toFixed(1)} tokens/s`,
      `${each.fluidRatePerS.toFixed(1)} tokens/s`,
    ]),
  );
  return [
    '## Three definitions of a token rate rank systems differently',
    'arXiv-like requests, one GPU, four ways to schedule it.',
    '![Token rate of four systems by three definitions](paper-token-rates.svg)',
    table,
    `- By throughput: ${rank((each) => each.throughputPerS)}.\n- By TPOT: ${rank((each) => each.tpotRatePerS)}.\n- By the fluid rate: ${rank((each) => each.fluidRatePerS)}.`,
    'Throughput puts last what streams best: large steps are efficient and stall everybody. TPOT averages stalls away: it has all four within a fifth of each other, and the unchunked scheduler above the chunked one of 2,048. The fluid rate, which 99 % of requests must keep, has them apart by a factor of five and more.',
  ].join('\n\n');
}

function chunkedSection({ arxiv, shareGpt }: Findings): string {
  return [
    '## Chunked prefill against unchunked',
    `Later tokens due ${CURVE_TBT_DEADLINE_NS / MS} ms apart. Chunks of 512 tokens against whole prompts beside decodes (unchunked) and before them (prefill first).`,
    workloadSection('arXiv-like', 'arxiv', arxiv),
    workloadSection('ShareGPT-like', 'sharegpt', shareGpt),
    'Chunked prefill keeps every running stream in time at every load tried, whatever prompts arrive; whole prompts stall them, the more the longer the prompts are. Its price is the first token, which waits for its prompt’s chunks to share their steps: the median TTFT is higher at every rate, and long prompts pay most. Under overload the wait for the first token is what is left, and no scheduler helps.',
  ].join('\n\n');
}

function workloadSection(name: string, file: string, curves: readonly SystemCurve[]): string {
  const rates = curves[0]?.points.map(({ ratePerS }) => `${ratePerS}/s`) ?? [];
  return [
    `### ${name}`,
    `![Share of requests that stream fluently, against load](paper-${file}-fluency.svg)`,
    `![Median time to first token, against load](paper-${file}-ttft.svg)`,
    'Requests whose whole fluidity-index, first token included, reaches 0.9:',
    tableOf(
      ['system', ...rates, `highest rate with ${100 * FLOOR_RATIO} %`],
      curves.map((curve) => [
        curve.system,
        ...curve.points.map(({ fluentRatio }) => `${(100 * fluentRatio).toFixed(0)} %`),
        `${highestFluentRatePerS(curve, FLOOR_RATIO)}/s`,
      ]),
    ),
  ].join('\n\n');
}

function stallSection({ stall: { even, stalled } }: Findings): string {
  const row = (name: string, run: StalledRun): readonly string[] => [
    name,
    `${(run.tpotP50Ns / MS).toFixed(2)} ms`,
    `${(run.tbtP99Ns / MS).toFixed(2)} ms`,
    run.fluidityIndex.toFixed(3),
    run.decodeFluidityIndex.toFixed(3),
  ];
  return [
    '## A stall that TPOT cannot see',
    `Sixteen requests of 500 tokens, later tokens due ${TBT_DEADLINE_NS / MS} ms apart. Once the engine pauses ${PIECES_COUNT} times for ${PAUSE_NS / PIECES_COUNT / MS} ms, once a single time for ${PAUSE_NS / 1e9} s: the same time in all.`,
    '![Tokens of one request against time](paper-hidden-stall.svg)',
    tableOf(
      ['engine', 'TPOT', 'TBT p99', 'fluidity-index', 'decode only'],
      [row(`${PIECES_COUNT} short pauses`, even), row('one long pause', stalled)],
    ),
    'TPOT is the same to the nanosecond. The 99th percentile of TBT even prefers the stall: one gap in 500 is beyond its reach. The fluidity-index counts the deadlines that passed while nothing came.',
  ].join('\n\n');
}

function tableOf(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((cell, column) =>
    Math.max(cell.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return [line(header), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}
