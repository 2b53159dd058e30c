import type { Deadlines } from '@fluidscope/metrics';
import type { Cause } from '@fluidscope/trace-schema';
import { BatchTimeline } from './batch-timeline.js';
import type { DiagnosisContext } from './causes/cause-rule.js';
import { CAUSE_RULES } from './causes/index.js';
import { sumDeadlines } from './counterfactual.js';
import { findEngines, type EngineStreams } from './engines.js';
import { findEpisodes, type Episode } from './episodes.js';
import { expectedGaps, overallGap, type ExpectedGap } from './expected-gaps.js';
import { lentSuspicions } from './first-token-causes.js';
import { indexOf, slowFindings, stallFindings } from './findings.js';
import { fitGapModel } from './gap-model.js';
import { notJudged, type NotJudged } from './not-judged.js';
import { prefillNsPerToken } from './prefill-cost.js';
import { findSilences } from './silences.js';
import { slowMissesOf } from './slow-misses.js';
import { blameStalls } from './stalls.js';
import { NO_TELEMETRY, type Telemetry } from './telemetry/telemetry.js';
import type { TokenStream } from './token-stream.js';
import { isMasked } from './validity.js';
import { decide, type Verdict } from './verdict.js';

export interface JudgedEpisode extends Episode {
  readonly verdict: Verdict;
}

/** All that one cause cost. */
export interface Finding {
  readonly cause: Cause;
  /** Whether its misses came in stalls, or from streams that were slow throughout. */
  readonly kind: 'stalls' | 'slow_throughout';
  /** Where: GPUs, hosts, servers, in order of what they cost. */
  readonly sourceIds: readonly string[];
  readonly episodesCount: number;
  readonly missedCount: number;
  /** Of all missed deadlines, 0 to 1. */
  readonly missedRatio: number;
  /** Of these, in windows that cannot be judged because the client itself was late. */
  readonly maskedMissedCount: number;
  /** The pooled fluidity-index had these stalls not been; `undefined` for streams that were slow throughout. */
  readonly fluidityIndexWithout: number | undefined;
  /** The lowest of its episodes' confidences; `undefined` for `unknown`. */
  readonly confidence: number | undefined;
  /** Of the episode that cost most. */
  readonly evidence: string;
  /** What to change; `undefined` for `unknown`. */
  readonly advice: string | undefined;
}

export interface Diagnosis {
  readonly streamsCount: number;
  readonly deadlines: Deadlines;
  readonly missedCount: number;
  readonly totalCount: number;
  /** Pooled; `undefined` without a deadline. */
  readonly fluidityIndex: number | undefined;
  readonly usualGap: ExpectedGap | undefined;
  /** In order of their start. */
  readonly episodes: readonly JudgedEpisode[];
  /** What cost most first; empty when no deadline was missed. */
  readonly findings: readonly Finding[];
  /** Causes that nothing in the trace could speak for or against, and what would have. */
  readonly notJudged: readonly NotJudged[];
}

/**
 * Why the deadlines of these streams were missed: which stalls, how far each reached, what it cost, and the causes that what was measured can
 * tell. What cannot be told is `unknown`.
 */
export function diagnose(
  streams: readonly TokenStream[],
  deadlines: Deadlines,
  telemetry: Telemetry = NO_TELEMETRY,
): Diagnosis {
  const sum = sumDeadlines(
    streams.map(({ timings }) => timings),
    deadlines,
  );
  const overall = overallGap(streams);
  const usualGap = overall ?? NO_GAP;
  const engines = findEngines(streams);
  const batches = engines.map((ofEngine) => new BatchTimeline(ofEngine));
  const blamed = engines.flatMap((ofEngine, index) => {
    const model = fitGapModel(ofEngine, batches[index] ?? new BatchTimeline(ofEngine));
    return ofEngine.map((stream) => blameStalls(stream, expectedGaps(stream, usualGap, model), deadlines));
  });
  const stalls = blamed.flatMap((one) => one.stalls);
  const batch = batches.length === 1 && batches[0] !== undefined ? batches[0] : new BatchTimeline(streams);
  const context: DiagnosisContext = {
    streams,
    deadlines,
    usualGap,
    batch,
    prefillNsPerToken: prefillNsPerToken(streams),
    silences: findSilences(streams, usualGap, batch),
    stalls,
    slowMisses: slowMissesOf(streams, stalls, deadlines),
    telemetry,
  };
  const contexts = engines.map((ofEngine, index) =>
    contextOfEngine(context, ofEngine, batches[index] ?? batch),
  );
  const episodes = findEpisodes(engines, stalls, usualGap.medianNs).map((episode) => ({
    ...episode,
    verdict: judge(episode, contexts[episode.engineIndex] ?? context),
  }));
  const slowMissedCount = blamed.reduce((total, one) => total + one.unstalledMissedCount, 0);
  const findings = [
    ...slowFindings(slowMissedCount, { streams, deadlines, sum }, judgeThroughout(context)),
    ...stallFindings(episodes, { streams, deadlines, sum }),
  ];
  return {
    streamsCount: streams.length,
    deadlines,
    ...sum,
    fluidityIndex: indexOf(sum),
    usualGap: overall,
    episodes,
    findings: findings.sort((a, b) => b.missedCount - a.missedCount),
    notJudged: notJudged(telemetry),
  };
}

/** Of streams of one chunk, which have no gap to judge. */
const NO_GAP: ExpectedGap = { medianNs: 0, limitNs: Infinity };

/** Of several engines a rule sees the one that an episode befell: who decoded there, who joined it. Stalls stay those of all, for what spans them. */
function contextOfEngine(
  context: DiagnosisContext,
  streams: EngineStreams,
  batch: BatchTimeline,
): DiagnosisContext {
  if (batch === context.batch) return context;
  return { ...context, streams, batch, silences: findSilences(streams, context.usualGap, batch) };
}

function judgeThroughout(context: DiagnosisContext): Verdict {
  const suspicions = CAUSE_RULES.flatMap((rule) => rule.judgeThroughout?.(context) ?? []);
  return decide(CAUSE_RULES, suspicions, false);
}

function judge(episode: Episode, context: DiagnosisContext): Verdict {
  const suspicions = [
    ...CAUSE_RULES.flatMap((rule) => rule.judge(episode, context)),
    ...lentSuspicions(episode, context, (delay) => judge(delay, context)),
  ];
  return decide(CAUSE_RULES, suspicions, isMasked(episode, context.deadlines));
}
