import type { Json } from '@fluidscope/trace-schema';
import type { ComparedRun } from './compared-run.js';

type Recorded = Readonly<Record<string, Json>>;

/** Parts of a recorded configuration that two runs should share, what they change most first. */
const SHARED: readonly (readonly [key: string, what: string])[] = [
  ['ttft_deadline_ns', 'the first-token deadline, by which fluidity and misses are judged'],
  ['tbt_deadline_ns', 'the deadline between tokens, by which fluidity and misses are judged'],
  ['prefill_profile', 'the prefill profile that first-token deadlines come from'],
  ['model', 'the model'],
  ['workload', 'the workload (arrivals, lengths, concurrency)'],
  ['load', 'the scenario’s load'],
  ['dataset', 'the data set'],
  ['endpoint_type', 'the endpoint type, and so how tokens are counted'],
  ['extra_body', 'the request’s extra body'],
  ['ignore_eos', 'whether answers run to their full length'],
  ['prompt_token_counter', 'how prompt tokens were counted'],
  ['max_in_flight_count', 'the limit of requests in flight'],
  ['stamp_source', 'who stamped the tokens’ arrivals'],
  ['rate_limit_pacing', 'whether the client paced itself'],
];
/** Seeds and file names differ between runs that are meant to be compared. */
const IGNORED = new Set(['seed', 'path', 'started', 'sha256']);
const MOST_TEXT_LENGTH = 120;
const RATE_TOLERANCE_RATIO = 0.05;

/** Why two runs may not be comparable, in sentences. */
export function comparabilityWarnings(first: ComparedRun, second: ComparedRun): readonly string[] {
  const [one, other] = [configOf(first), configOf(second)];
  const differing = SHARED.filter(([key]) => textOf(one[key]) !== textOf(other[key])).map(
    ([key, what]) => `The runs differ in ${what}: ${shown(one[key])} and ${shown(other[key])}`,
  );
  return [
    ...differing,
    ...rateWarnings(first, second),
    ...leftOutWarnings([first, second]),
    ...cutShortWarnings([first, second]),
  ];
}

function configOf({ run: { config } }: ComparedRun): Recorded {
  return isRecord(config) ? config : {};
}

function isRecord(value: Json | undefined): value is Recorded {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Canonical: keys in order, what is ignored left out. */
function textOf(value: Json | undefined): string {
  if (Array.isArray(value)) return `[${value.map((each: Json) => textOf(each)).join(',')}]`;
  if (!isRecord(value)) return JSON.stringify(value ?? null);
  const fields = Object.keys(value)
    .filter((key) => !IGNORED.has(key))
    .sort()
    .map((key) => `${JSON.stringify(key)}:${textOf(value[key])}`);
  return `{${fields.join(',')}}`;
}

function shown(value: Json | undefined): string {
  if (value === undefined || value === null) return 'none';
  const text = typeof value === 'string' ? value : textOf(value);
  return text.length > MOST_TEXT_LENGTH ? `${text.slice(0, MOST_TEXT_LENGTH)}…` : text;
}

/** The load that came, whatever was asked for: a closed loop’s follows from the server. */
function rateWarnings(first: ComparedRun, second: ComparedRun): readonly string[] {
  const [one, other] = [first, second].map(({ requests, windowNs }) => (requests.length / windowNs) * 1e9);
  if (one === undefined || other === undefined || !(one > 0) || !(other > 0)) return [];
  if (Math.abs(other / one - 1) <= RATE_TOLERANCE_RATIO) return [];
  return [`The runs’ loads differ: ${one.toFixed(2)} and ${other.toFixed(2)} requests a second came due`];
}

function leftOutWarnings(runs: readonly ComparedRun[]): readonly string[] {
  return runs
    .filter(({ leftOutCount, requests }) => leftOutCount > 0.05 * (leftOutCount + requests.length))
    .map(
      ({ name, leftOutCount }) =>
        `${leftOutCount} requests of ${name} did not end by themselves and are in no figure: the slowest may be among them`,
    );
}

function cutShortWarnings(runs: readonly ComparedRun[]): readonly string[] {
  return runs.filter(({ run }) => run.end === undefined).map(({ name }) => `${name} was cut short`);
}
