import type { FileScore } from './score-imported.js';

/** Requests whose first-token deadlines a prefill profile did not give, for people. */
export function prefillNotes({ rows }: FileScore): readonly string[] {
  const countOf = (source: string): number =>
    rows.filter(({ ttftDeadline }) => ttftDeadline?.source === source).length;
  const [beyondCount, unknownCount] = [countOf('nearest_end'), countOf('no_prompt_length')];
  return [
    ...(beyondCount === 0
      ? []
      : [
          `${beyondCount} of ${rows.length} requests have prompts that the prefill profile does not speak for: they take the deadline of the nearest end (--json names each)`,
        ]),
    ...(unknownCount === 0
      ? []
      : [
          `${unknownCount} of ${rows.length} requests have prompts of unknown length: they take --ttft-deadline`,
        ]),
  ];
}
