import { aimResults, NULL_AIM, type AimResult } from './aims.js';
import { Confusion } from './confusion.js';
import { missedAims, type Explanations } from './missed-aims.js';
import type { CauseFigures } from './figures.js';
import { mistakenFor, percent, topOf } from './print-table.js';
import { balanced, nullErrorRatio, runsByScenario, worstConfusions, type Quality } from './quality.js';
import type { RunOutcome } from './run-outcome.js';
import type { Tier } from './run-spec.js';

export interface QualityReport {
  readonly tuning: Quality;
  readonly heldOut: Quality;
  readonly heldOutOutcomes: readonly RunOutcome[];
  readonly nullOutcomes: readonly RunOutcome[];
  /** What the figures need beside them to mean anything. */
  readonly made: {
    readonly date: string;
    readonly machine: string;
    readonly commit: string;
    readonly command: string;
    readonly tookS: number;
  };
  /** Read by people: how the figures are to be taken. */
  readonly reading: string;
  /** By aim: why it is missed. */
  readonly explanations: Explanations;
}

const TIER_NAMES: Readonly<Record<Tier, string>> = {
  all: 'all telemetry',
  'no-gpu-agent': 'no GPU agent',
  'no-server-metrics': 'no server metrics',
  'tokens-alone': 'tokens alone',
};

/** `docs/diagnosis-quality.md`. */
export function qualityMarkdown(report: QualityReport): string {
  const { tuning, heldOut, made, reading, nullOutcomes } = report;
  const aims = aimResults(tuning, heldOut, nullErrorRatio(nullOutcomes));
  return [
    '# How well causes are told',
    '',
    `Made by \`${made.command}\` on ${made.date}, ${made.machine}, commit ${made.commit}, in ${made.tookS.toFixed(0)} s. Written by the command: change`,
    'what makes it, not this file. What the figures stand for, and how a run is judged: [test/fault-matrix](../test/fault-matrix/README.md).',
    '',
    ...parts(tuning, heldOut),
    '',
    reading.trim(),
    '',
    '## Aims',
    '',
    ...aimTable(aims, nullOutcomes.length),
    '',
    ...missedAims(aims, report.explanations),
    '',
    '## Telemetry',
    '',
    'A cause that a tier cannot show should be `unknown` there. Every missed deadline weighs the same, or every run does: then one of a hundred thousand',
    'misses does not speak for all.',
    '',
    ...tierTable(tuning, heldOut),
    '',
    '## Baselines',
    '',
    'Macro-F1 with all telemetry, every run weighing the same. Both go by the same signals (`test/fault-matrix/src/signals.ts`): what is',
    'usually watched for each cause, in half seconds.',
    '',
    ...baselineTable(tuning, heldOut),
    '',
    '## Causes',
    '',
    'All telemetry, held out, every run weighing the same.',
    '',
    ...causeRows(heldOut),
    '',
    '![Missed deadlines by what they were due to and what they were laid to, percent of each row](diagnosis-confusion.svg)',
    '',
    'Percent of each row; `load` is what no fault is behind, for which any cause of load and `unknown` are right.',
    '',
    'Most often laid to something else, in runs:',
    '',
    ...table(
      ['due to', 'laid to', 'runs'],
      worstConfusions(heldOut.confusion, 10).map(([truth, claimed, weight]) => [
        code(truth),
        code(claimed),
        weight.toFixed(2),
      ]),
    ),
    '',
    '## Scenarios',
    '',
    'All telemetry, held out.',
    '',
    ...scenarioRows(report.heldOutOutcomes),
    '',
    '## Confidence',
    '',
    ...calibrationRows(heldOut),
    '',
    '![Share of claims that were right, by stated confidence](diagnosis-calibration.svg)',
    '',
    '## Counterfactuals and clocks',
    '',
    ...otherRows(tuning, heldOut),
    '',
  ].join('\n');
}

function parts(tuning: Quality, heldOut: Quality): string[] {
  const line = (name: string, { families, seeds, runsCount }: Quality): string[] => [
    name,
    families.join(', '),
    seeds.length === 0 ? '' : `${seeds[0] ?? ''} to ${seeds.at(-1) ?? ''}`,
    String(runsCount),
  ];
  return table(
    ['part', 'families', 'seeds', 'runs with all telemetry'],
    [line('tuning', tuning), line('held out', heldOut)],
  );
}

function aimTable(aims: readonly AimResult[], nullsCount: number): string[] {
  return table(
    ['aim', 'limit', 'tuning', 'held out', 'reached'],
    aims.map(({ aim, limit, isMet, tuning, heldOut }) => [
      aim === NULL_AIM.name ? `${aim} (${nullsCount} runs)` : aim,
      limit,
      figure(tuning),
      figure(heldOut),
      verdictOf(isMet),
    ]),
  );
}

function verdictOf(isMet: boolean | undefined): string {
  return isMet === undefined ? 'not run' : isMet ? 'yes' : '**no**';
}

function tierTable(tuning: Quality, heldOut: Quality): string[] {
  const rows = heldOut.byTier.map(({ tier, runsCount, perMissF1, perRunF1, unknownRatio }) => {
    const tuned = tuning.byTier.find((each) => each.tier === tier);
    return [
      TIER_NAMES[tier],
      String(runsCount),
      figure(perMissF1),
      figure(perRunF1),
      figure(unknownRatio),
      figure(tuned?.perMissF1),
      figure(tuned?.perRunF1),
    ];
  });
  return table(
    [
      'tier',
      'runs held out',
      'macro-F1 per miss',
      'macro-F1 per run',
      'share unknown',
      'tuning, per miss',
      'tuning, per run',
    ],
    rows,
  );
}

function baselineTable(tuning: Quality, heldOut: Quality): string[] {
  const ours = ({ byTier }: Quality): string => figure(byTier.find(({ tier }) => tier === 'all')?.perRunF1);
  return table(
    ['', 'tuning', 'held out'],
    [
      ['this diagnosis', ours(tuning), ours(heldOut)],
      [
        'the first metric above its threshold',
        figure(tuning.baselines.threshold),
        figure(heldOut.baselines.threshold),
      ],
      [
        'the metric most correlated with the misses',
        figure(tuning.baselines.correlation),
        figure(heldOut.baselines.correlation),
      ],
    ],
  );
}

function causeRows({ causes, confusion }: Quality): string[] {
  return table(
    ['cause', 'runs', 'precision', 'recall', 'F1', 'else laid to'],
    causes.map(({ cause, weight, precisionRatio, recallRatio, f1Ratio }: CauseFigures) => [
      code(cause),
      weight.toFixed(1),
      figure(precisionRatio),
      figure(recallRatio),
      figure(f1Ratio),
      mistakenFor(confusion, cause),
    ]),
  );
}

function scenarioRows(outcomes: readonly RunOutcome[]): string[] {
  const all = outcomes.filter(({ tier }) => tier === 'all');
  const rows = [...runsByScenario(all)].map(([scenario, runs]) => {
    const confusion = Confusion.of(balanced(runs.map((run) => run.confusion)));
    const claims = [...new Set(confusion.entries().map(([, claimed]) => claimed))];
    const right = confusion.truths.reduce((sum, label) => sum + confusion.weight(label, label), 0);
    return [
      scenario,
      String(runs.reduce((sum, { missedCount }) => sum + missedCount, 0)),
      percent(right, confusion.total),
      percent(confusion.ofClaim('unknown'), confusion.total),
      topOf(claims, (label) => confusion.ofClaim(label), confusion.total),
    ];
  });
  return table(['scenario', 'missed', 'right', 'unknown', 'laid to'], rows);
}

function calibrationRows(quality: Quality): string[] {
  const { bins, calibrationError, overstatement, surePrecision, perMissCalibrationError, byTier } = quality;
  return [
    `Expected calibration error ${figure(calibrationError)}, of which ${figure(overstatement)} by saying more than was right and the rest by saying less; precision of claims at 0.9 or above ${figure(surePrecision)}. Held out, all telemetry, the misses of every run together weighing the same; with every miss weighing the same the error is ${figure(perMissCalibrationError)}.`,
    '',
    ...table(
      ['confidence', 'runs', 'stated', 'right'],
      bins.map(({ fromRatio, toRatio, weight, confidenceRatio, correctRatio }) => [
        `${fromRatio} to ${toRatio}`,
        weight.toFixed(1),
        figure(confidenceRatio),
        figure(correctRatio),
      ]),
    ),
    '',
    'With a kind of telemetry missing the caps by cause and evidence hold: there claims should say less than is right here, and hardly ever more.',
    '',
    ...table(
      ['tier', 'calibration error', 'of it by saying more'],
      byTier.map((each) => [
        TIER_NAMES[each.tier],
        figure(each.calibrationError),
        figure(each.overstatement),
      ]),
    ),
  ];
}

function otherRows(tuning: Quality, heldOut: Quality): string[] {
  const row = (name: string, of: (quality: Quality) => string): string[] => [name, of(tuning), of(heldOut)];
  const inUs = (ns: number | undefined): string => (ns === undefined ? '-' : (ns / 1000).toFixed(0));
  return table(
    ['', 'tuning', 'held out'],
    [
      row(
        'fluidity-index without a cause: causes found',
        ({ counterfactual }) =>
          `${counterfactual.count} of ${counterfactual.count + counterfactual.notFoundCount}`,
      ),
      row('its error, median', ({ counterfactual }) => figure(counterfactual.medianError, 4)),
      row('its error, p95', ({ counterfactual }) => figure(counterfactual.p95Error, 4)),
      row('its error within 0.01', ({ counterfactual }) => figure(counterfactual.withinRatio)),
      row('its interval holds the truth', ({ counterfactual }) => figure(counterfactual.coveredRatio)),
      row('width of the interval, mean', ({ counterfactual }) => figure(counterfactual.meanWidth, 4)),
      row('width of the interval, p95', ({ counterfactual }) => figure(counterfactual.p95Width, 4)),
      row(
        'its error, p95, where at least 95 % of the misses were told right',
        ({ counterfactual: { toldRight } }) => `${figure(toldRight.p95Error, 4)} (${toldRight.count})`,
      ),
      row('clock offset error p95, µs', ({ clocks }) => inUs(clocks.p95ErrorNs)),
      row('clock offsets within their bounds', ({ clocks }) => figure(clocks.withinBoundRatio, 4)),
      row('the same of N5 (5 ms of asymmetry, a step): p95, µs', ({ badClocks }) =>
        inUs(badClocks.p95ErrorNs),
      ),
      row('and within their bounds', ({ badClocks }) => figure(badClocks.withinBoundRatio, 4)),
    ],
  );
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = head.map((cell, column) =>
    Math.max(3, cell.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)];
}

function figure(value: number | undefined, digits = 3): string {
  return value === undefined ? '-' : value.toFixed(digits);
}

function code(text: string): string {
  return `\`${text}\``;
}
