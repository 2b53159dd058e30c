import type { Quality } from './quality.js';

/** What is aimed at, and what was reached. */
export interface AimResult {
  readonly aim: string;
  readonly tuning: number | undefined;
  readonly heldOut: number | undefined;
  readonly limit: string;
  /** Whether the held-out figure reaches it; `undefined` where there is none. */
  readonly isMet: boolean | undefined;
  /** How far the held-out figure is from the limit; `undefined` where it reaches it, or is not there. */
  readonly shortBy: number | undefined;
}

interface Aim {
  readonly name: string;
  readonly of: (quality: Quality) => number | undefined;
  readonly limit: number;
  readonly isLeast: boolean;
}

const AIMS: readonly Aim[] = [
  least('macro-F1, all telemetry', 0.92, (quality) => f1Of(quality, 'all')),
  least('macro-F1, F1 to F7, F11, F14', 0.95, ({ easyF1 }) => easyF1),
  least('macro-F1, no GPU agent, hardware causes `unknown`', 0.75, (quality) =>
    f1Of(quality, 'no-gpu-agent'),
  ),
  most('N1 harmless throttling: laid to a wrong cause', 0.01, ({ decoys }) => decoys.n01),
  most('N2 sensor spikes: laid to a wrong cause', 0.01, ({ decoys }) => decoys.n02),
  most('N3 storms that throttle: laid to a wrong cause', 0.05, ({ decoys }) => decoys.n03),
  most('N4 throttled elsewhere: laid to a wrong cause', 0.01, ({ decoys }) => decoys.n04),
  least('N8 outside the catalogue: `unknown`', 0.9, ({ unknownRecall }) => unknownRecall),
  least('N7 two causes: both found', 0.85, ({ pairs }) => pairs.bothRatio),
  most('N7 two causes: error of their shares', 0.1, ({ pairs }) => pairs.shareError),
  most('expected calibration error', 0.05, ({ calibrationError }) => calibrationError),
  least('precision where confidence is 0.9 or more', 0.95, ({ surePrecision }) => surePrecision),
  most('clock offset error p95, ms', 0.25, ({ clocks }) => inMs(clocks.p95ErrorNs)),
  least('clock offsets within their bounds', 0.99, ({ clocks }) => clocks.withinBoundRatio),
  most(
    'error of the fluidity-index without a cause, p95, open loop',
    0.01,
    (quality) => quality.counterfactual.p95Error,
  ),
];

/** `nullError`: share of the runs without a fault in which any miss is laid to one. */
export function aimResults(tuning: Quality, heldOut: Quality, nullError: number | undefined): AimResult[] {
  return [
    ...AIMS.map((aim) => resultOf(aim, { tuning: aim.of(tuning), heldOut: aim.of(heldOut) })),
    resultOf(NULL_AIM, { tuning: undefined, heldOut: nullError }),
  ];
}

export const NULL_AIM = {
  name: 'runs without a fault in which any miss is laid to one',
  limit: 0.05,
  isLeast: false,
} as const;

export const AIM_NAMES: readonly string[] = [...AIMS, NULL_AIM].map(({ name }) => name);

function resultOf(
  { name, limit, isLeast }: Omit<Aim, 'of'>,
  reached: Pick<AimResult, 'tuning' | 'heldOut'>,
): AimResult {
  const { heldOut } = reached;
  const shortBy = heldOut === undefined ? undefined : isLeast ? limit - heldOut : heldOut - limit;
  return {
    aim: name,
    ...reached,
    limit: `${isLeast ? '>=' : '<='} ${limit}`,
    isMet: shortBy === undefined ? undefined : shortBy <= 0,
    shortBy: shortBy !== undefined && shortBy > 0 ? shortBy : undefined,
  };
}

function least(name: string, limit: number, of: Aim['of']): Aim {
  return { name, of, limit, isLeast: true };
}

function most(name: string, limit: number, of: Aim['of']): Aim {
  return { name, of, limit, isLeast: false };
}

function f1Of({ byTier }: Quality, tier: string): number | undefined {
  return byTier.find((each) => each.tier === tier)?.perMissF1;
}

function inMs(ns: number | undefined): number | undefined {
  return ns === undefined ? undefined : ns / 1e6;
}
