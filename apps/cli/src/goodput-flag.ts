import { parseRequestTerms, type RequestTerm } from '@fluidscope/slo';
import type { FlagReader } from './flag-reader.js';

/** The terms of `--goodput`, none where it is absent or wrong; every wrong term is a problem of its own. */
export function readGoodput(reader: FlagReader, text: string | undefined): readonly RequestTerm[] {
  if (text === undefined) return [];
  const terms = parseRequestTerms([text]);
  if (!('problems' in terms)) return terms;
  for (const problem of terms.problems) reader.problem('--goodput', problem);
  return [];
}
