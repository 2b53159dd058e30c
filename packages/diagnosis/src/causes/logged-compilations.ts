import type { TraceEvent } from '@fluidscope/trace-schema';
import type { Episode } from '../episodes.js';
import type { DiagnosisContext, Suspicion } from './cause-rule.js';
import { silencesWithin, windowOf } from './episode-window.js';
import { engineStoodStill } from './host-shortage.js';
import { explainedBy, msText } from './observations.js';

/** Of an engine's log, told when they were over. */
const COMPILATION_KINDS: readonly string[] = ['engine_jit_compile', 'engine_compile', 'engine_graph_capture'];
/** Dated so well, a line belongs to one stall and no other. */
const WELL_DATED_NS = 100_000_000;
/** The line comes when the compilation is over, and the tokens that waited for it come with the step behind it. */
const STEP_AFTER_NS = 100_000_000;

interface Compilation {
  readonly what: string;
  readonly boundNs: number;
  /** `undefined`: the log does not say. */
  readonly tookNs: number | undefined;
}

/** What the engine's own log says was compiled while an episode's tokens were due: as long as it took, or else as long as no stream had a token. */
export function loggedCompilations(episode: Episode, context: DiagnosisContext): readonly Suspicion[] {
  const window = windowOf(episode);
  const logged = context.telemetry.events.flatMap((event) => within(event, window) ?? []);
  const [first] = logged;
  if (first === undefined) return [];
  const silentNs = silencesWithin(window, context).reduce((sum, { fromNs, toNs }) => sum + toNs - fromNs, 0);
  const tookNs = logged.reduce((sum, each) => sum + (each.tookNs ?? 0), 0);
  const explainedRatio = explainedBy(tookNs === 0 ? silentNs : Math.min(silentNs, tookNs), window.excessNs);
  const isWellDated = logged.some(({ boundNs }) => boundNs <= WELL_DATED_NS);
  return [
    {
      cause: 'jit_compile',
      sourceId: undefined,
      tier: isWellDated ? 'A' : 'B',
      explainedRatio: Math.min(1, explainedRatio),
      observations: [
        ...engineStoodStill(episode),
        {
          name: 'logged_compilations_count',
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
      evidence: `the engine logged ${logged.length === 1 ? '' : `${logged.length} compilations, among them `}${first.what}${tookNs === 0 ? '' : ` (${msText(tookNs)})`} while no stream had a token for ${msText(silentNs)}`,
    },
  ];
}

function within(
  { kind, timeNs, detail }: TraceEvent,
  { fromNs, toNs }: { readonly fromNs: number; readonly toNs: number },
): Compilation | undefined {
  if (!COMPILATION_KINDS.includes(kind)) return undefined;
  const boundNs = numberIn(detail, 'bound_ns') ?? 0;
  if (timeNs + boundNs < fromNs || timeNs - boundNs > toNs + STEP_AFTER_NS) return undefined;
  const what = textIn(detail, 'what');
  return {
    what: `${kind === 'engine_graph_capture' ? 'a graph capture' : 'a compilation'}${what === undefined ? '' : ` (${what})`}`,
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
