import type { ComparedFigure, Comparison, GateVerdict, JudgedGate, Word } from '@fluidscope/compare';
import { gateText } from '@fluidscope/compare';
import { boundOf, formatMetric, type Interval, type LatencyMetric, type RunMetric } from '@fluidscope/slo';
import { duration } from '../text-figures.js';

const WORDS: Readonly<Record<Word, string>> = {
  real: 'real',
  within_noise: 'within noise',
  too_few: 'too few requests to say',
  unmeasured: 'not measured',
};

export const GATE_WORDS: Readonly<Record<GateVerdict, string>> = {
  passed: 'passed',
  failed: 'FAILED',
  undecided: 'undecided',
  unmeasured: 'NOT MEASURED',
};

const LATENCY_LABELS: Readonly<Record<LatencyMetric, string>> = {
  ttft: 'TTFT',
  tbt: 'TBT',
  tpot: 'TPOT',
  end_to_end: 'End to end',
};

/** A table row a figure: what, in A, in B, B less A, the interval of that, the same relative to A, and whether it is real. */
export function figureRows({ figures }: Comparison): readonly (readonly string[])[] {
  return figures.map(({ metric, first, second, difference, word }) => [
    figureLabel(metric),
    figureText(metric, first),
    figureText(metric, second),
    difference === undefined ? '–' : changeText(metric, difference.value),
    difference === undefined ? '–' : intervalText(difference.interval, (end) => changeText(metric, end)),
    difference?.ratio === undefined || isShare(metric) ? '–' : signedPercent(difference.ratio),
    wordText({ metric, difference, word }),
  ]);
}

export function figureHeader({ options }: Comparison): readonly string[] {
  return [
    'Figure',
    'A',
    'B',
    'B - A',
    `${percentOf(options.confidenceRatio)} interval`,
    'relative',
    'difference',
  ];
}

export function figureLabel(metric: RunMetric): string {
  switch (metric.kind) {
    case 'quantile':
      return `${LATENCY_LABELS[metric.of]} p${String(+(metric.ratio * 100).toFixed(4))}`;
    case 'fluidity_index':
      return 'Fluidity-index';
    case 'missed_deadlines':
      return 'Deadlines missed';
    case 'request_rate':
      return 'Requests';
    case 'output_token_rate':
      return 'Output tokens';
    case 'error_rate':
      return 'Error rate';
    case 'goodput':
      return 'Goodput';
    case 'share':
      return formatMetric(metric);
  }
}

/** In words, and for a real one whether B is the better or the worse. */
function wordText({
  metric,
  difference,
  word,
}: Pick<ComparedFigure, 'metric' | 'difference' | 'word'>): string {
  if (word !== 'real' || difference === undefined) return WORDS[word];
  const isLess = difference.value < 0;
  return `${WORDS[word]}: B ${isLess === (boundOf(metric) === 'at_most') ? 'better' : 'worse'}`;
}

/** A gate, its verdict, the value that was judged and its interval. */
export function gateRows(gates: readonly JudgedGate[]): readonly (readonly string[])[] {
  return gates.map((judged) => [
    GATE_WORDS[judged.verdict],
    gateText(judged),
    gateValue(judged, judged.value),
    judged.interval === undefined ? '–' : intervalText(judged.interval, (end) => gateValue(judged, end)),
  ]);
}

/** `p99_ttft<=+5%: failed with +12 % [+8 %, +17 %]`. */
export function gateSentence(judged: JudgedGate): string {
  const word = GATE_WORDS[judged.verdict].toLowerCase();
  const interval =
    judged.interval === undefined
      ? ''
      : ` [${intervalText(judged.interval, (end) => gateValue(judged, end))}]`;
  return `${gateText(judged)}: ${word}${judged.value === undefined ? '' : ` with ${gateValue(judged, judged.value)}${interval}`}`;
}

function gateValue({ gate }: JudgedGate, value: number | undefined): string {
  if (value === undefined) return '–';
  if (gate.kind === 'limit') return figureText(gate.term.metric, value);
  return gate.term.by === 'relative' ? signedPercent(value) : changeText(gate.term.metric, value);
}

function figureText(metric: RunMetric, value: number | undefined): string {
  if (value === undefined) return '–';
  if (metric.kind === 'quantile') return Number.isFinite(value) ? duration(value) : 'never';
  if (metric.kind === 'fluidity_index') return value.toFixed(4);
  return isShare(metric) ? percentOf(value) : `${value.toFixed(2)}/s`;
}

/** A difference with its sign, of shares in percentage points. */
function changeText(metric: RunMetric, value: number): string {
  const sign = value < 0 ? '-' : '+';
  const amount = Math.abs(value);
  if (!Number.isFinite(amount)) return `${sign}∞`;
  if (isShare(metric)) return `${sign}${(100 * amount).toFixed(2)} pp`;
  return `${sign}${figureText(metric, amount)}`;
}

function isShare({ kind }: RunMetric): boolean {
  return ['share', 'goodput', 'error_rate', 'missed_deadlines'].includes(kind);
}

function intervalText({ low, high }: Interval, text: (end: number) => string): string {
  return `${text(low)} … ${text(high)}`;
}

function signedPercent(ratio: number): string {
  if (!Number.isFinite(ratio)) return ratio < 0 ? '-∞' : '+∞';
  return `${ratio < 0 ? '-' : '+'}${(100 * Math.abs(ratio)).toFixed(1)} %`;
}

function percentOf(ratio: number): string {
  return `${String(+(100 * ratio).toFixed(2))} %`;
}

/** What the runs are, a line each. */
export function runLines({ first, second, blocks }: Comparison): readonly string[] {
  return (
    [
      ['A', first, blocks.first],
      ['B', second, blocks.second],
    ] as const
  ).map(([letter, { name, requests, leftOutCount }, { blockRequests }]) => {
    const failed = requests.filter(({ score }) => score === undefined).length;
    return (
      `${letter}  ${name}: ${requests.length} requests, ${failed} of them failed` +
      (leftOutCount > 0 ? `, ${leftOutCount} left out` : '') +
      `; resampled in blocks of ${blockRequests}`
    );
  });
}

/** A row a cause; or a sentence where there is nothing to compare. */
export function causeRows({ causes }: Comparison): readonly (readonly string[])[] | string {
  if (causes.kind === 'not_diagnosed') {
    return `No causes to compare: ${causes.runs.join(' and ')} without stall episodes (not diagnosed, or none found).`;
  }
  return causes.costs.map(({ cause, firstMissedCount, secondMissedCount, firstRatio, secondRatio }) => [
    cause,
    `${firstMissedCount} (${percentOf(firstRatio)})`,
    `${secondMissedCount} (${percentOf(secondRatio)})`,
    `${secondRatio < firstRatio ? '-' : '+'}${(100 * Math.abs(secondRatio - firstRatio)).toFixed(2)} pp`,
  ]);
}

export const CAUSE_HEADER = ['Cause', 'A, deadlines missed', 'B, deadlines missed', 'B - A'];
export const GATE_HEADER = ['Verdict', 'Gate', 'Value', 'Interval'];
