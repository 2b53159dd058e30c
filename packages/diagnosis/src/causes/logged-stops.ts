import type { TraceEvent } from '@fluidscope/trace-schema';
import type { Episode } from '../episodes.js';
import type { DiagnosisContext, NamedCause, Suspicion } from './cause-rule.js';
import { silencesWithin, windowOf } from './episode-window.js';
import { engineStoodStill } from './host-shortage.js';
import { explainedBy, msText } from './observations.js';

/** What an engine's log tells of a stop once it is over. */
export interface LoggedStops {
  readonly cause: NamedCause;
  /** Kinds of events, and what one of them is called. */
  readonly names: Readonly<Record<string, string>>;
  /** What several are. */
  readonly plural: string;
}

/** Dated so well, a line belongs to one stall and no other. */
const WELL_DATED_NS = 100_000_000;
/** The line comes when the stop is over, and the tokens that waited for it come with the step behind it. */
const STEP_AFTER_NS = 100_000_000;

interface Stop {
  readonly what: string;
  readonly boundNs: number;
  /** `undefined`: the log does not say. */
  readonly tookNs: number | undefined;
}

/** What the engine's own log says it did instead while an episode's tokens were due: as long as it took, or else as long as no stream had a token. */
export function loggedStops(
  episode: Episode,
  context: DiagnosisContext,
  { cause, names, plural }: LoggedStops,
): readonly Suspicion[] {
  const window = windowOf(episode);
  const logged = context.telemetry.events.flatMap((event) => within(event, window, names) ?? []);
  const [first] = logged;
  if (first === undefined) return [];
  const silentNs = silencesWithin(window, context).reduce((sum, { fromNs, toNs }) => sum + toNs - fromNs, 0);
  const tookNs = logged.reduce((sum, each) => sum + (each.tookNs ?? 0), 0);
  const explainedRatio = explainedBy(tookNs === 0 ? silentNs : Math.min(silentNs, tookNs), window.excessNs);
  const isWellDated = logged.some(({ boundNs }) => boundNs <= WELL_DATED_NS);
  return [
    {
      cause,
      sourceId: undefined,
      tier: isWellDated ? 'A' : 'B',
      explainedRatio: Math.min(1, explainedRatio),
      observations: [
        ...engineStoodStill(episode),
        {
          name: `logged_${plural}_count`,
          value: logged.length,
          logLikelihoodRatio: isWellDated ? 3 : 1.5,
        },
        {
          name: 'silent_over_excess',
          value: silentNs / window.excessNs,
          logLikelihoodRatio: explainedRatio >= 0.5 ? 1.5 : -5,
        },
      ],
      coverageRatio: 1,
      evidence: `the engine logged ${logged.length === 1 ? '' : `${logged.length} ${plural}, among them `}${first.what}${tookNs === 0 ? '' : ` (${msText(tookNs)})`} while no stream had a token for ${msText(silentNs)}`,
    },
  ];
}

function within(
  { kind, timeNs, detail }: TraceEvent,
  { fromNs, toNs }: { readonly fromNs: number; readonly toNs: number },
  names: LoggedStops['names'],
): Stop | undefined {
  const name = names[kind];
  if (name === undefined) return undefined;
  const boundNs = numberIn(detail, 'bound_ns') ?? 0;
  if (timeNs + boundNs < fromNs || timeNs - boundNs > toNs + STEP_AFTER_NS) return undefined;
  const what = textIn(detail, 'what');
  return {
    what: `${name}${what === undefined ? '' : ` (${what})`}`,
    boundNs,
    tookNs: numberIn(detail, 'took_ns'),
  };
}

function numberIn(detail: TraceEvent['detail'], name: string): number | undefined {
  const value = valueIn(detail, name);
  return typeof value === 'number' ? value : undefined;
}

function textIn(detail: TraceEvent['detail'], name: string): string | undefined {
  const value = valueIn(detail, name);
  return typeof value === 'string' ? value : undefined;
}

function valueIn(detail: TraceEvent['detail'], name: string): unknown {
  return typeof detail === 'object' && detail !== null
    ? Object.entries(detail).find(([key]) => key === name)?.[1]
    : undefined;
}
