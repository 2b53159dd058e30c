import { canonicalRequestTerms } from '@fluidscope/slo';
import { z } from 'zod';

/** A request's own SLO, in its canonical text. Every wrong term is an issue of its own, and other fields are still checked. */
export const requestTerms = z.string().transform((text, context) => {
  const read = canonicalRequestTerms(text);
  if (!('problems' in read)) return read.text;
  for (const problem of read.problems) {
    context.issues.push({
      code: 'custom',
      input: text,
      message: `terms of a request (${problem})`,
      continue: true,
    });
  }
  return z.NEVER;
});
