import type { EvidenceTier } from '@fluidscope/diagnosis';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import type { Scored } from './isotonic-fit.js';
import { plattFit, type LogisticLine } from './platt-fit.js';
import type { RunOutcome } from './run-outcome.js';
import { scoredClaims } from './scored-suspicions.js';
import { partOf } from './split.js';

const ROOT = new URL('../../../', import.meta.url);
const FIT = new URL('packages/diagnosis/src/calibration-fit.ts', ROOT);

/** Fits the calibration of scores to runs of the tuning part with all telemetry, and writes it where the diagnosis reads it. Others are left out. */
export function writeCalibration(outcomes: readonly RunOutcome[], command: string): string {
  const tuning = outcomes.filter(
    ({ family, seed, tier }) => tier === 'all' && partOf(family, seed) === 'tuning',
  );
  const ofTier = (tier: EvidenceTier): readonly Scored[] => scoredClaims(tuning, tier);
  const lines = Object.fromEntries(TIERS.map((tier) => [tier, roundedLine(ofTier(tier))]));
  const fit = {
    lines,
    madeBy: command,
    madeOn: new Date().toISOString().slice(0, 10),
    commit: spawnSync('git', ['rev-parse', '--short=12', 'HEAD'], {
      cwd: ROOT,
      encoding: 'utf8',
    }).stdout.trim(),
    families: [...new Set(tuning.map(({ family }) => family))],
    seeds: [...new Set(tuning.map(({ seed }) => seed))].sort((a, b) => a - b),
    claimsCount: TIERS.reduce((sum, tier) => sum + ofTier(tier).length, 0),
  };
  writeFileSync(FIT, withFit(readFileSync(FIT, 'utf8'), fit));
  const said = TIERS.map((tier) => `${tier} ${JSON.stringify(lines[tier])}`).join(', ');
  return `${said}, of ${fit.claimsCount} claims in ${tuning.length} runs`;
}

const TIERS: readonly EvidenceTier[] = ['A', 'B', 'C'];

/** A higher score is never less sure: where what was seen would have it so, all scores are as sure. */
function roundedLine(observations: readonly Scored[]): LogisticLine {
  const fitted = plattFit(observations);
  const { slope, intercept } =
    fitted.slope >= 0
      ? fitted
      : { ...plattFit(observations.map((each) => ({ ...each, score: 0 }))), slope: 0 };
  return { slope: Number(slope.toFixed(4)), intercept: Number(intercept.toFixed(4)) };
}

/** The file's text with another fit. */
export function withFit(text: string, fit: Readonly<Record<string, unknown>>): string {
  const lines = Object.entries(fit).map(([key, value]) => `  ${key}: ${literal(value)},`);
  return text.replace(
    /(CALIBRATION_FIT: CalibrationFit = \{\n)[\s\S]*?(\n\};)/,
    (_, head: string, tail: string) => {
      return `${head}${lines.join('\n')}${tail}`;
    },
  );
}

function literal(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`;
  if (typeof value === 'object' && value !== null)
    return `{ ${Object.entries(value)
      .map(([key, each]) => `${key}: ${literal(each)}`)
      .join(', ')} }`;
  return typeof value === 'string' ? `'${value.replaceAll("'", "\\'")}'` : String(value);
}
