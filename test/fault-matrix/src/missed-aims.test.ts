import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { AIM_NAMES, type AimResult } from './aims.js';
import { missedAims, unexplained, type Explanations } from './missed-aims.js';

const ROOT = new URL('../../../', import.meta.url);
const EXPLANATIONS = JSON.parse(
  readFileSync(new URL('test/fault-matrix/explanations.json', ROOT), 'utf8'),
) as Explanations;

const [AIM = ''] = AIM_NAMES;
const MISSED: AimResult = {
  aim: AIM,
  tuning: 0.95,
  heldOut: 0.842,
  limit: '>= 0.92',
  isMet: false,
  shortBy: 0.078,
};
const MET: AimResult = { ...MISSED, heldOut: 0.93, isMet: true, shortBy: undefined };

it('says of a missed aim by how much and why, and nothing of one that is met', () => {
  const why = { [AIM]: 'It is hard.' };
  expect(missedAims([MISSED], why).at(-1)).toBe(
    `- **${AIM}**: 0.842 for >= 0.92, short by 0.078. It is hard.`,
  );
  expect(missedAims([MET], why)).toEqual(['Every aim is reached.']);
  expect(unexplained([MISSED], {})).toEqual([AIM]);
  expect(unexplained([MISSED], why)).toEqual([]);
  expect(unexplained([MET], {})).toEqual([]);
});

it('explains aims that there are', () => {
  expect(AIM_NAMES).toEqual(expect.arrayContaining(Object.keys(EXPLANATIONS)));
});

it('explains every aim that the written document says is missed', () => {
  const rows =
    readFileSync(new URL('docs/diagnosis-quality.md', ROOT), 'utf8').match(/^\|.*\*\*no\*\*.*$/gm) ?? [];
  const missed = rows.map((row) => (row.split('|')[1] ?? '').trim().replace(/ \(\d+ runs\)$/, ''));
  expect(Object.keys(EXPLANATIONS)).toEqual(expect.arrayContaining(missed));
});
