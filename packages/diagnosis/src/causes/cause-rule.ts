import type { Deadlines } from '@fluidscope/metrics';
import type { Cause } from '@fluidscope/trace-schema';
import type { BatchTimeline } from '../batch-timeline.js';
import type { Episode } from '../episodes.js';
import type { ExpectedGap } from '../expected-gaps.js';
import type { Exposure } from '../exposure.js';
import type { Silence } from '../silences.js';
import type { SlowSpell } from '../slow-spells.js';
import type { StallsByEnd } from '../stalls-by-end.js';
import type { Stall } from '../stalls.js';
import type { Telemetry } from '../telemetry/telemetry.js';
import type { TimeBins } from '../time-bins.js';
import type { TokenStream } from '../token-stream.js';

/** Who is heard first: a later class may claim only what the earlier ones left unexplained. */
export const EXPLANATION_ORDER = [
  'client',
  'transport',
  'proxy',
  'arithmetic',
  'engine_record',
  'gpu_mechanism',
  'host',
  'coincidence',
] as const;

export type ExplanationOrder = (typeof EXPLANATION_ORDER)[number];

/** How good the evidence is: A a mechanism that was measured, B timing, scope and dose together, C coincidence alone. */
export type EvidenceTier = 'A' | 'B' | 'C';

export type NamedCause = Exclude<Cause, 'unknown'>;

/**
 * What one cause knows. A cause is one file: its mechanism, what it reads, what rules it out and what to tell the user stand there, and it is
 * heard once it is listed in `causes/index.ts`.
 */
export interface CauseRule {
  readonly cause: NamedCause;
  readonly order: ExplanationOrder;
  /** However good the evidence: the mechanism cannot be told from others more surely than so. */
  readonly highestConfidence: number;
  /** Metrics by who gives them; without any of a kind the cause cannot be judged, and the diagnosis says what was missing. Tokens are always there. */
  readonly reads: Partial<Readonly<Record<TelemetryKind, readonly string[]>>>;
  /** An engine's own log (`--engine-log`) shows it, too, without anything of what it reads. */
  readonly shownByLog?: true;
  /** What makes it surer where it is there, and can be missing. */
  readonly helpedBy?: CauseRule['reads'];
  /** What to change, in the words of the engines' own flags. */
  readonly advice: string;
  /** Empty where nothing speaks for this cause, or what it reads is not there. */
  judge(episode: Episode, context: DiagnosisContext): readonly Suspicion[];
  /** The same for a time in which streams were late without any stall; absent where the cause always shows as stalls. */
  judgeSlow?(spell: SlowSpell, context: DiagnosisContext): readonly Suspicion[];
  /**
   * Where and when it was at work over the whole run, to lay the episodes beside. A claim of tier C needs it to coincide beyond chance; others are told with
   * it. Absent: the counters that it reads of GPUs and hosts show it (`exposure.ts`, whose functions also serve here).
   */
  exposure?(context: DiagnosisContext): readonly Exposure[];
}

export type TelemetryKind = 'gpu' | 'host' | 'server' | 'client';

/** The whole run, for rules to read. */
export interface DiagnosisContext {
  readonly streams: readonly TokenStream[];
  readonly deadlines: Deadlines;
  readonly usualGap: ExpectedGap;
  readonly batch: BatchTimeline;
  /** What a prompt token usually costs; `undefined` where too few requests tell. */
  readonly prefillNsPerToken: number | undefined;
  /** What it usually costs the streams that decode meanwhile; `undefined` where that cannot be told. */
  readonly stepNsPerToken: number | undefined;
  /** In order of time. */
  readonly silences: readonly Silence[];
  /** Of all streams, in both phases, with or without a miss. */
  readonly stalls: readonly Stall[];
  /** Those between tokens, for whoever asks what happened at a time. */
  readonly decodeStalls: StallsByEnd;
  /** The run's time in equal pieces, for `exposure`. */
  readonly bins: TimeBins;
  readonly telemetry: Telemetry;
}

/** That one cause, at one place, may have brought about one episode. */
export interface Suspicion {
  readonly cause: NamedCause;
  /** The GPU, host or server that it speaks of: a `sourceId`; `undefined` where tokens alone speak. */
  readonly sourceId: string | undefined;
  readonly tier: EvidenceTier;
  /** Where this kind of evidence can say less than the rule's `highestConfidence`. */
  readonly highestConfidence?: number;
  /** Share of the delay that the mechanism accounts for by its own size, 0 to 1: the budget. */
  readonly explainedRatio: number;
  /** What was seen, each with how much likelier it is under this cause than without (natural logarithm of the ratio). */
  readonly observations: readonly Observation[];
  /** Share of the episode that its sources covered, 0 to 1. Too little, and nothing is concluded. */
  readonly coverageRatio: number;
  /** For people: a clause or two with figures. */
  readonly evidence: string;
}

export interface Observation {
  /** snake_case, for the JSON. */
  readonly name: string;
  readonly value: number;
  readonly logLikelihoodRatio: number;
}
