import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { plattFit } from './platt-fit.js';
import type { RunOutcome } from './run-outcome.js';
import { scoredSuspicions } from './scored-suspicions.js';
import { partOf } from './split.js';

const ROOT = new URL('../../../', import.meta.url);
const FIT = new URL('packages/diagnosis/src/calibration-fit.ts', ROOT);

/** Fits the calibration of scores to runs of the tuning part with all telemetry, and writes it where the diagnosis reads it. Others are left out. */
export function writeCalibration(outcomes: readonly RunOutcome[], command: string): string {
  const tuning = outcomes.filter(
    ({ family, seed, tier }) => tier === 'all' && partOf(family, seed) === 'tuning',
  );
  const observations = scoredSuspicions(tuning);
  const { slope, intercept } = plattFit(observations);
  const fit = {
    slope: Number(slope.toFixed(4)),
    intercept: Number(intercept.toFixed(4)),
    madeBy: command,
    madeOn: new Date().toISOString().slice(0, 10),
    commit: spawnSync('git', ['rev-parse', '--short=12', 'HEAD'], {
      cwd: ROOT,
      encoding: 'utf8',
    }).stdout.trim(),
    families: [...new Set(tuning.map(({ family }) => family))],
    seeds: [...new Set(tuning.map(({ seed }) => seed))].sort((a, b) => a - b),
    suspicionsCount: observations.length,
  };
  writeFileSync(FIT, withFit(readFileSync(FIT, 'utf8'), fit));
  return `slope ${fit.slope}, intercept ${fit.intercept}, of ${fit.suspicionsCount} suspicions in ${tuning.length} runs`;
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
  return typeof value === 'string' ? `'${value.replaceAll("'", "\\'")}'` : String(value);
}
