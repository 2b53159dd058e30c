import { FluidscopeError } from '@fluidscope/errors';
import { formatRequestTerm } from './format-slo.js';
import { parseRequestTerms, type SloProblems } from './parse-slo.js';
import type { RequestTerm } from './terms.js';

/** A request's own terms in the one form that plans and traces hold: `ttft:200ms fluidity:0.95`. Names every problem of another text. */
export function canonicalRequestTerms(text: string): { readonly text: string } | SloProblems {
  const terms = parseRequestTerms([text]);
  return 'problems' in terms ? terms : { text: terms.map(formatRequestTerm).join(' ') };
}

/**
 * The terms that a trace recorded of a request; `undefined` where it recorded none. Throws a `FluidscopeError` for terms that
 * this version does not know: without them the request would be judged by the wrong ones.
 */
export function recordedRequestTerms(text: string | undefined): readonly RequestTerm[] | undefined {
  if (text === undefined) return undefined;
  const terms = parseRequestTerms([text]);
  if (!('problems' in terms)) return terms;
  throw new FluidscopeError(
    `Expected terms of a request for slo in the trace but received ${JSON.stringify(text)}: ${terms.problems.join('; ')}`,
    { code: 'slo.recorded-terms', hint: 'Read the trace with the version of fluidscope that wrote it.' },
  );
}
