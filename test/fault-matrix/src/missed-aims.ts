import type { AimResult } from './aims.js';

/** By the name of an aim, why it is missed: `explanations.json`. */
export type Explanations = Readonly<Record<string, string>>;

/** For each aim that is missed, by how much and why; one line where none is. */
export function missedAims(aims: readonly AimResult[], explanations: Explanations): string[] {
  const missed = aims.filter(({ isMet }) => isMet === false);
  if (missed.length === 0) return ['Every aim is reached.'];
  return [
    'Missed, by how much and why:',
    '',
    ...missed.map(({ aim, limit, heldOut, shortBy }) => {
      const why = explanations[aim] ?? '**nobody has said why yet.**';
      return `- **${aim}**: ${heldOut?.toFixed(3) ?? '-'} for ${limit}, short by ${shortBy?.toFixed(3) ?? '-'}. ${why}`;
    }),
  ];
}

/** Aims that are missed and that nobody has explained. */
export function unexplained(aims: readonly AimResult[], explanations: Explanations): string[] {
  return aims.filter(({ aim, isMet }) => isMet === false && !(aim in explanations)).map(({ aim }) => aim);
}
