import type { Deadlines } from '@fluidscope/metrics';
import type { Cause } from '@fluidscope/trace-schema';
import { BatchTimeline } from './batch-timeline.js';
import type { DiagnosisContext, Suspicion } from './causes/cause-rule.js';
import { CAUSE_RULES } from './causes/index.js';
import type { IndexRange } from './costs.js';
import { indexOf, sumDeadlines } from './counterfactual.js';
import { findEngines, type EngineStreams } from './engines.js';
import { telemetryByEngine } from './engine-telemetry.js';
import { findEpisodes, type Episode } from './episodes.js';
import { expectedGaps, overallGap, type ExpectedGap } from './expected-gaps.js';
import { exposuresOf } from './exposure.js';
import { findingsOf } from './findings.js';
import { engineDelays, lentSuspicions, type EngineDelay } from './first-token-causes.js';
import { fitGapModel } from './gap-model.js';
import { withJointCauses, type ClaimedDelay } from './joint-causes.js';
import { judgeable, type LeftOut } from './left-out.js';
import { clockBounds, lostTimes, type ClockBound, type LostTime } from './lost-time.js';
import { missingKinds, notJudged, type NotJudged } from './not-judged.js';
import { prefillNsPerToken } from './prefill-cost.js';
import { seededRandom } from './seeded-random.js';
import { coincidencesOf, isSignificant, type Coincidence } from './significance.js';
import { sensorLags, type SensorLag } from './sensor-lag.js';
import { findSilences } from './silences.js';
import { slowSpells, type SlowSpell } from './slow-spells.js';
import { mergedSpans } from './spans.js';
import { StallsByEnd } from './stalls-by-end.js';
import { stepNsPerToken } from './step-cost.js';
import { blameStalls, type BlamedStream, type Stall } from './stalls.js';
import { NO_TELEMETRY, type Telemetry } from './telemetry/telemetry.js';
import { binsOf } from './time-bins.js';
import type { TokenStream } from './token-stream.js';
import { isMasked, maskedWindows, withinBounds, type MaskedWindow } from './validity.js';
import { decide, type Verdict } from './verdict.js';

export interface JudgedEpisode extends Episode {
  readonly verdict: Verdict;
}

/** All that one cause cost. */
export interface Finding {
  readonly cause: Cause;
  /** Whether its misses came in stalls, or in slow spells: stretches of up to five seconds in which no gap stood out. */
  readonly kind: 'stalls' | 'slow_throughout';
  /** Where: GPUs, hosts, servers, in order of what they cost. */
  readonly sourceIds: readonly string[];
  readonly episodesCount: number;
  readonly missedCount: number;
  /** Of all missed deadlines, 0 to 1. */
  readonly missedRatio: number;
  /** Of these, in windows that cannot be judged because the client itself was late. */
  readonly maskedMissedCount: number;
  /**
   * The pooled fluidity-index had this cause not been: its stalls as short as expected, and where it slowed streams without a stall, gaps no longer than the
   * deadline allows. `undefined` for streams that were slow for no known cause.
   */
  readonly fluidityIndexWithout: number | undefined;
  /**
   * What that may be by what is not told surely: from each claim's delay as far as the claim is sure, to the whole delay of every episode that the cause has a share of and all
   * that is laid to nothing.
   */
  readonly fluidityIndexWithoutRange: IndexRange | undefined;
  /**
   * Its Shapley share of what all findings together took from the fluidity-index: slack makes causes cost more together than apart. `undefined` beyond the
   * eight that cost most, and for streams that were slow for no known cause.
   */
  readonly shapleyIndex: number | undefined;
  /** How its episodes lie beside what it reads, over the whole run; `undefined` where it reads nothing that can be laid beside them. */
  readonly coincidence: Coincidence | undefined;
  /** The lowest of its episodes' confidences; `undefined` for `unknown`. */
  readonly confidence: number | undefined;
  /** Of the episode that cost most. */
  readonly evidence: string;
  /** What to change; `undefined` for `unknown`. */
  readonly advice: string | undefined;
}

export interface Diagnosis {
  readonly streamsCount: number;
  /** Told apart by their tokens; 1 where they cannot be. */
  readonly enginesCount: number;
  readonly deadlines: Deadlines;
  /** The range of first-token deadlines where requests have their own; absent where one holds for all. */
  readonly ownTtftDeadlines?: { readonly shortestNs: number; readonly longestNs: number } | undefined;
  readonly missedCount: number;
  readonly totalCount: number;
  /** Pooled; `undefined` without a deadline. */
  readonly fluidityIndex: number | undefined;
  readonly usualGap: ExpectedGap | undefined;
  /** In order of their start. */
  readonly episodes: readonly JudgedEpisode[];
  /** Times in which streams missed deadlines without a stall, each in the form of an episode; by engine, in order of time. */
  readonly slowSpells: readonly JudgedEpisode[];
  /** What cost most first; empty when no deadline was missed. */
  readonly findings: readonly Finding[];
  /** Causes that nothing in the trace could speak for or against, and what would have. */
  readonly notJudged: readonly NotJudged[];
  /** Requests that are no part of it. */
  readonly leftOut: readonly LeftOut[];
  /** The trace has no end: the run was killed, or its disk was full. */
  readonly isCutShort: boolean;
  /** Time that was not judged, of the client or of an agent. */
  readonly masked: readonly MaskedWindow[];
  /** What was not recorded, by who should have been heard. */
  readonly lost: readonly LostTime[];
  /** How far the samples of each GPU and host may be off. */
  readonly clockBounds: readonly ClockBound[];
  /** How far the sensors of each GPU come behind the tokens, where the run tells it. */
  readonly sensorLags: readonly SensorLag[];
  /** How the episodes lie beside everything that could be laid beside them. */
  readonly coincidences: readonly Coincidence[];
}

/**
 * Why the deadlines of these streams were missed: which stalls, how far each reached, what it cost, and the causes that what was measured can
 * tell. What cannot be told is `unknown`.
 */
export function diagnose(
  given: readonly TokenStream[],
  deadlines: Deadlines,
  telemetry: Telemetry = NO_TELEMETRY,
): Diagnosis {
  const { judged: streams, leftOut } = judgeable(given);
  const sum = sumDeadlines(
    streams.map(({ timings }) => timings),
    deadlines,
  );
  const masked = maskedWindows(streams, telemetry, deadlines);
  const { blamed, engines, overall, usualGap } = findStalls(streams, deadlines);
  const contexts = contextsOf({ streams, blamed, usualGap }, engines, {
    deadlines,
    telemetry: withinBounds(telemetry, deadlines),
  });
  const found = findEpisodes(engines, contexts.whole.stalls, usualGap.medianNs);
  const coincidences = coincidencesOf(found, exposuresOf(CAUSE_RULES, contexts.whole), {
    bins: contexts.whole.bins,
    batches: contexts.byEngine.map(({ batch }) => batch),
    masked: mergedSpans(masked.filter(({ sourceId }) => sourceId === 'client')),
    random: seededRandom(RESAMPLING_SEED),
  });
  const judging = new Judging(coincidences);
  const judgedAlone = found.map((episode) =>
    judging.judged(episode, contexts.byEngine[episode.engineIndex] ?? contexts.whole),
  );
  const episodes = withJointCauses(judgedAlone, () => judging.claimsOnDelays(contexts.byEngine), deadlines);
  const basis = {
    ...{ deadlines, sum, engines, absorbed: absorbedStalls(engines, contexts.whole.stalls) },
    coincidenceOf: (cause: Cause) => strongest(coincidences, cause),
  };
  const slowMisses = blamed.flatMap((one) => one.slowMisses).sort((a, b) => a.atNs - b.atNs);
  const judgedSpells = slowSpells(engines, slowMisses).map((spell) =>
    judgedSpell(spell, contexts.byEngine[spell.engineIndex] ?? contexts.whole),
  );
  const findings = findingsOf(episodes, judgedSpells, basis);
  return {
    streamsCount: streams.length,
    enginesCount: engines.length,
    deadlines,
    ...sum,
    fluidityIndex: indexOf(sum),
    usualGap: overall,
    episodes,
    slowSpells: judgedSpells,
    findings: findings.sort((a, b) => b.missedCount - a.missedCount),
    notJudged: notJudged(telemetry),
    leftOut,
    isCutShort: false,
    masked,
    lost: lostTimes(telemetry.losses),
    clockBounds: clockBounds(telemetry),
    sensorLags: sensorLags(streams, telemetry.gpus),
    coincidences,
  };
}

/** Controls and bootstraps of the same trace are the same every time. */
const RESAMPLING_SEED = 1;

interface FoundStalls {
  readonly engines: readonly EngineStreams[];
  readonly blamed: readonly BlamedStream[];
  readonly overall: ExpectedGap | undefined;
  readonly usualGap: ExpectedGap;
}

function findStalls(streams: readonly TokenStream[], deadlines: Deadlines): FoundStalls {
  const overall = overallGap(streams);
  const usualGap = overall ?? NO_GAP;
  const engines = findEngines(streams);
  const blamed = engines.flatMap((ofEngine) => {
    const model = fitGapModel(ofEngine, new BatchTimeline(ofEngine));
    return ofEngine.map((stream) => blameStalls(stream, expectedGaps(stream, usualGap, model), deadlines));
  });
  return { engines, blamed, overall, usualGap };
}

/** Of streams of one chunk, which have no gap to judge. */
const NO_GAP: ExpectedGap = { medianNs: 0, limitNs: Infinity };

interface Contexts {
  readonly whole: DiagnosisContext;
  readonly byEngine: readonly DiagnosisContext[];
}

/** Of several engines a rule sees the one that an episode befell: who decoded there, who joined it. Stalls stay those of all, for what spans them. */
function contextsOf(
  {
    streams,
    blamed,
    usualGap,
  }: Pick<FoundStalls, 'blamed' | 'usualGap'> & { readonly streams: readonly TokenStream[] },
  engines: readonly EngineStreams[],
  { deadlines, telemetry }: Pick<DiagnosisContext, 'deadlines' | 'telemetry'>,
): Contexts {
  const batch = new BatchTimeline(streams);
  const stalls = blamed.flatMap((one) => one.stalls);
  const nsPerPromptToken = prefillNsPerToken(streams);
  const whole: DiagnosisContext = {
    streams,
    deadlines,
    usualGap,
    batch,
    prefillNsPerToken: nsPerPromptToken,
    stepNsPerToken: stepNsPerToken(stalls, telemetry.servers, nsPerPromptToken),
    silences: findSilences(streams, usualGap, batch),
    stalls,
    decodeStalls: new StallsByEnd(stalls.filter(({ phase }) => phase === 'decode')),
    bins: binsOf(streams),
    telemetry,
  };
  if (engines.length < 2) return { whole, byEngine: [whole] };
  const telemetries = telemetryByEngine(telemetry, engines, whole.bins);
  const byEngine = engines.map((ofEngine, index) => {
    const batchOfEngine = new BatchTimeline(ofEngine);
    const silences = findSilences(ofEngine, usualGap, batchOfEngine);
    return {
      ...whole,
      streams: ofEngine,
      batch: batchOfEngine,
      silences,
      telemetry: telemetries[index] ?? telemetry,
    };
  });
  return { whole, byEngine };
}

function judgedSpell(spell: SlowSpell, context: DiagnosisContext): JudgedEpisode {
  const suspicions = CAUSE_RULES.flatMap((rule) => rule.judgeSlow?.(spell, context) ?? []);
  return {
    ...spell,
    verdict: decide(CAUSE_RULES, suspicions, { masked: false, missing: missingKinds(context.telemetry) }),
  };
}

/** How the episodes of one run are judged, one after the other. */
class Judging {
  /** A delay that many first tokens waited through is judged once. */
  private readonly delayVerdicts = new Map<Episode, Verdict>();
  /** By engine, once they are asked for. */
  private readonly delays = new Map<DiagnosisContext, readonly EngineDelay[]>();

  constructor(private readonly coincidences: readonly Coincidence[]) {}

  judged(episode: Episode, context: DiagnosisContext): JudgedEpisode {
    return { ...episode, verdict: this.verdictOn(episode, context) };
  }

  /** All times at which an engine was late, and what each is laid to once it is asked for. */
  claimsOnDelays(contexts: readonly DiagnosisContext[]): readonly ClaimedDelay[] {
    return contexts.flatMap((context) =>
      this.delaysOf(context).map(({ episode }) => ({
        delay: episode,
        claims: () => this.verdictOnDelay(episode, context).claims,
      })),
    );
  }

  private delaysOf(context: DiagnosisContext): readonly EngineDelay[] {
    const delays = this.delays.get(context) ?? engineDelays(context);
    this.delays.set(context, delays);
    return delays;
  }

  private verdictOn(episode: Episode, context: DiagnosisContext): Verdict {
    const suspicions = [
      ...CAUSE_RULES.flatMap((rule) => rule.judge(episode, context)),
      ...this.lentTo(episode, context),
    ];
    return decide(CAUSE_RULES, suspicions, {
      masked: isMasked(episode, context.deadlines),
      isSupported: ({ cause, sourceId }) => isSignificant(this.coincidences, cause, sourceId),
      missing: missingKinds(context.telemetry),
    });
  }

  private lentTo(episode: Episode, context: DiagnosisContext): readonly Suspicion[] {
    if (episode.phase !== 'first_token') return [];
    return lentSuspicions(episode, this.delaysOf(context), (delay) => this.verdictOnDelay(delay, context));
  }

  private verdictOnDelay(delay: Episode, context: DiagnosisContext): Verdict {
    const known = this.delayVerdicts.get(delay) ?? this.verdictOn(delay, context);
    this.delayVerdicts.set(delay, known);
    return known;
  }
}

/** Of each engine the stalls between tokens that slack carried. */
function absorbedStalls(engines: readonly EngineStreams[], stalls: readonly Stall[]): readonly StallsByEnd[] {
  const carried = stalls.filter(({ phase, missedCount }) => phase === 'decode' && missedCount === 0);
  return engines.map((ofEngine) => {
    const own = new Set(ofEngine);
    return new StallsByEnd(engines.length === 1 ? carried : carried.filter(({ stream }) => own.has(stream)));
  });
}

/** Of a cause at several places, where it coincides most surely. */
function strongest(coincidences: readonly Coincidence[], cause: Cause): Coincidence | undefined {
  const [first] = coincidences
    .filter((each) => each.cause === cause)
    .sort((a, b) => (a.test?.familyWisePRatio ?? 1) - (b.test?.familyWisePRatio ?? 1));
  return first;
}
