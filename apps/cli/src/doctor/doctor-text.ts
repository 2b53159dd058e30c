import type { Finding, FindingState } from './finding.js';

const MARKS: Readonly<Record<FindingState, string>> = {
  ok: 'ok     ',
  limited: 'limited',
  missing: 'missing',
};

/** One line a finding; what was expected and what to do stand below those that are not ok. */
export function doctorText(findings: readonly Finding[]): string {
  const width = Math.max(0, ...findings.map(({ topic }) => topic.length));
  return findings
    .flatMap(({ topic, state, expected, found, advice }) => [
      `${MARKS[state]}  ${topic.padEnd(width)}  ${found}`,
      ...(state === 'ok' ? [] : [`${' '.repeat(width + 11)}expected: ${expected}`]),
      ...(advice === undefined ? [] : [`${' '.repeat(width + 11)}to do: ${advice}`]),
    ])
    .map((line) => `${line}\n`)
    .join('');
}
