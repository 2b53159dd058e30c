import { parseDuration } from '@fluidscope/units';
import { parseChange, parseIndex, parseLimit } from './amount-text.js';
import { readMetricName } from './metric-names.js';
import {
  boundOf,
  type ChangeTerm,
  type Gates,
  type RequestTerm,
  type RunMetric,
  type RunTerm,
  type Slo,
} from './terms.js';

/** Everything that was wrong, each as the end of a sentence: `"ttft:500": expected … but received …`. */
export interface SloProblems {
  readonly problems: readonly string[];
}

type Term =
  | { readonly of: 'request'; readonly term: RequestTerm }
  | { readonly of: 'run'; readonly term: RunTerm }
  | { readonly of: 'change'; readonly term: ChangeTerm };
type Problem = { readonly problem: string };

/** A term's parts: `ttft<=500ms@99%` is `ttft`, `<=`, `500ms`, `99%`. */
interface Parts {
  readonly name: string;
  readonly operator: string;
  readonly amount: string;
  readonly share: string | undefined;
}

/**
 * Reads what each request must meet: `ttft:500ms tpot:50ms e2e:10s fluidity:0.9`, by blanks, commas or several texts. Here,
 * where no other can be meant, `fluidity_index` is the request's. Never throws; names every problem.
 */
export function parseRequestTerms(texts: readonly string[]): readonly RequestTerm[] | SloProblems {
  const read = readTerms(texts, (parts) => {
    const isIndex = parts.name.toLowerCase() === 'fluidity_index';
    const term = readTerm(isIndex ? { ...parts, name: 'fluidity' } : parts);
    if ('problem' in term || term.of === 'request') return term;
    return {
      problem: 'expected a term of a request, such as ttft:500ms or fluidity:0.9, but received one of a run',
    };
  });
  return 'problems' in read ? read : read.flatMap((term) => (term.of === 'request' ? [term.term] : []));
}

/**
 * Reads what a run must meet: `p99_ttft<=500ms fluidity>=0.9@99% error_rate<=1%`, and terms of a request together with
 * `goodput>=95%`. Never throws; names every problem.
 */
export function parseSlo(texts: readonly string[]): Slo | SloProblems {
  const gates = parseTerms(texts, (term) =>
    term.of === 'change' ? { problem: 'expected a limit but received a difference to another run' } : term,
  );
  return 'problems' in gates ? gates : { requestTerms: gates.requestTerms, runTerms: gates.runTerms };
}

/** As `parseSlo`, and terms that hold a run against another: `p99_ttft<=+5% fluidity_index>=-0.01`. */
export function parseGates(texts: readonly string[]): Gates | SloProblems {
  return parseTerms(texts, (term) => term);
}

function parseTerms(texts: readonly string[], accept: (term: Term) => Term | Problem): Gates | SloProblems {
  const read = readTerms(texts, (parts) => {
    const term = readTerm(parts);
    return 'problem' in term ? term : accept(term);
  });
  if ('problems' in read) return read;
  const gates: Gates = {
    requestTerms: read.flatMap((term) => (term.of === 'request' ? [term.term] : [])),
    runTerms: read.flatMap((term) => (term.of === 'run' ? [term.term] : [])),
    changeTerms: read.flatMap((term) => (term.of === 'change' ? [term.term] : [])),
  };
  const problem = goodputProblem(gates);
  return problem === undefined ? gates : { problems: [problem] };
}

/** Terms of a request judge nothing of a run until a share of the requests must meet them. */
function goodputProblem({ requestTerms, runTerms, changeTerms }: Gates): string | undefined {
  const counts = [...runTerms, ...changeTerms].some(({ metric }) => metric.kind === 'goodput');
  if (requestTerms.length > 0 === counts) return undefined;
  return counts
    ? 'goodput: expected terms of a request beside it, such as ttft:500ms, but received none'
    : 'terms of a request: expected the share of requests that must meet them, as ttft:500ms@99% or by goodput>=99%, but received none';
}

function readTerms(
  texts: readonly string[],
  read: (parts: Parts) => Term | Problem,
): readonly Term[] | SloProblems {
  const terms: Term[] = [];
  const problems: string[] = [];
  for (const word of texts.flatMap(wordsOf)) {
    const parts = partsOf(word);
    const term = 'problem' in parts ? parts : read(parts);
    if ('problem' in term) problems.push(`"${word}": ${term.problem}`);
    else terms.push(term);
  }
  if (terms.length + problems.length === 0)
    problems.push('expected at least one term such as ttft:500ms but received none');
  return problems.length > 0 ? { problems } : terms;
}

/** Blanks around an operator are no borders: `p99_ttft <= 500ms` is one term. */
function wordsOf(text: string): string[] {
  return text
    .replace(/\s*(<=|>=|[<>=:@])\s*/g, '$1')
    .split(/[\s,]+/)
    .filter((word) => word !== '');
}

function partsOf(word: string): Parts | Problem {
  const [, name, operator, amount, share] =
    /^([a-z0-9_.]+)(<=|>=|:|[<>=]+)([^@]+)(?:@(.+))?$/i.exec(word) ?? [];
  if (name === undefined || operator === undefined || amount === undefined) {
    return { problem: 'expected a term such as ttft:500ms or p99_ttft<=500ms' };
  }
  return { name, operator, amount, share };
}

function readTerm(parts: Parts): Term | Problem {
  const named = readMetricName(parts.name);
  if ('problem' in named) return named;
  if (named.of === 'run') {
    if (parts.operator !== ':' || named.metric.kind !== 'fluidity_index')
      return readRunTerm(named.metric, parts);
  }
  const metric = named.of === 'run' ? 'fluidity_index' : named.metric;
  const term = readRequestTerm(metric, parts);
  if ('problem' in term) return term;
  if (parts.share === undefined) return { of: 'request', term };
  return readLimitOrChange({ kind: 'share', of: term }, parts.share);
}

function readRequestTerm(metric: RequestTerm['metric'], { operator, amount }: Parts): RequestTerm | Problem {
  const expected = metric === 'fluidity_index' ? '>=' : '<=';
  if (operator !== ':' && operator !== expected) return wrongOperator(expected, operator);
  if (metric === 'fluidity_index') {
    const floorIndex = parseIndex(amount);
    return typeof floorIndex === 'object' ? floorIndex : { metric, floorIndex };
  }
  const limitNs = parseDuration(amount);
  return typeof limitNs === 'object' ? limitNs : { metric, limitNs };
}

function readRunTerm(metric: RunMetric, { operator, amount, share }: Parts): Term | Problem {
  const expected = boundOf(metric) === 'at_most' ? '<=' : '>=';
  if (operator !== expected) return wrongOperator(expected, operator);
  if (share !== undefined)
    return { problem: `expected a share only behind a term of a request but received "@${share}"` };
  return readLimitOrChange(metric, amount);
}

function readLimitOrChange(metric: RunMetric, text: string): Term | Problem {
  if (/^[+-]/.test(text)) {
    const change = parseChange(metric, text);
    return 'problem' in change ? change : { of: 'change', term: { metric, ...change } };
  }
  const limit = parseLimit(metric, text);
  return typeof limit === 'object' ? limit : { of: 'run', term: { metric, limit } };
}

function wrongOperator(expected: string, received: string): Problem {
  return { problem: `expected ${expected} but received ${received}` };
}
