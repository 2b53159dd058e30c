import type { DiagnosisContext } from './cause-rule.js';

/** What is found of a whole engine's streams, found once however many episodes ask. */
export function oncePerEngine<Found>(
  find: (context: DiagnosisContext) => Found,
): (context: DiagnosisContext) => Found {
  const known = new WeakMap<DiagnosisContext['streams'], { readonly found: Found }>();
  return (context) => {
    const entry = known.get(context.streams) ?? { found: find(context) };
    known.set(context.streams, entry);
    return entry.found;
  };
}
