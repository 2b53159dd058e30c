import { pacesOf, paceQuantile, type Pace } from '../paces.js';
import type { MetricSource } from '../telemetry/telemetry.js';
import type { CauseRule, DiagnosisContext, Observation, Suspicion } from './cause-rule.js';
import { oncePerEngine } from './once-per-engine.js';
import { slowPaceShare, withShare } from './slow-pace.js';

/**
 * Mechanism: fewer drafted tokens are accepted, so that a step which takes as long as ever yields fewer tokens.
 * Reads: tokens a chunk and time a chunk, while slow and while not; drafts and accepted drafts, as the server counts them.
 * Ruled out by: chunks that hold as many tokens as ever; steps that became longer; an acceptance that did not fall.
 */
export const SPEC_DECODE_DROP: CauseRule = {
  cause: 'spec_decode_drop',
  order: 'arithmetic',
  highestConfidence: 0.9,
  reads: {},
  helpedBy: {
    server: ['speculative_draft_tokens', 'speculative_accepted_tokens', 'speculative_accepted_tokens_mean'],
  },
  advice:
    'Draft fewer tokens while so few are accepted, or with a draft model closer to the target: vLLM --speculative-config num_speculative_tokens down.',
  judge: (episode, context) => withShare(slowPaceShare(episode, context), () => found(context)),
  judgeSlow: (_spell, context) => found(context),
};

const FEWEST_PACES_COUNT = 20;
const MOST_TOKENS_RATIO = 0.85;
const MOST_LONGER_RATIO = 1.2;
const LEAST_FALL_RATIO = 0.8;
/** Chunks of one token each were not drafted. */
const LEAST_TOKENS_PER_CHUNK = 1.3;

const found = oncePerEngine(suspect);

function suspect(context: DiagnosisContext): readonly Suspicion[] {
  const paces = pacesOf(context.streams, context.batch);
  const { tbtDeadlineNs } = context.deadlines;
  const slow = paces.filter(({ nsPerToken }) => nsPerToken > tbtDeadlineNs);
  const fast = paces.filter(({ nsPerToken }) => nsPerToken <= tbtDeadlineNs);
  if (slow.length < FEWEST_PACES_COUNT || fast.length < FEWEST_PACES_COUNT) return [];
  const [slowTokens, fastTokens] = [slow, fast].map((each) => paceQuantile(each, 0.5, tokensPerChunk) ?? 1);
  const [slowNs, fastNs] = [slow, fast].map(
    (each) => paceQuantile(each, 0.5, ({ nsPerChunk }) => nsPerChunk) ?? NaN,
  );
  if (slowTokens === undefined || fastTokens === undefined || slowNs === undefined || fastNs === undefined)
    return [];
  if (fastTokens < LEAST_TOKENS_PER_CHUNK || slowTokens > MOST_TOKENS_RATIO * fastTokens) return [];
  const longerRatio = slowNs / fastNs;
  const accepted = acceptanceFall(context, slow, fast);
  return [
    {
      cause: 'spec_decode_drop',
      sourceId: accepted?.sourceId,
      tier: accepted === undefined ? 'B' : 'A',
      explainedRatio: 1,
      observations: [
        { name: 'tokens_per_chunk_ratio', value: slowTokens / fastTokens, logLikelihoodRatio: 2 },
        {
          name: 'chunk_time_ratio',
          value: longerRatio,
          logLikelihoodRatio: longerRatio <= MOST_LONGER_RATIO ? 1 : -4,
        },
        ...(accepted === undefined ? [] : [accepted.observation]),
      ],
      coverageRatio: 1,
      evidence: `${slowTokens.toFixed(1)} tokens a chunk instead of ${fastTokens.toFixed(1)}, at ${(slowNs / 1e6).toFixed(1)} ms a chunk instead of ${(fastNs / 1e6).toFixed(1)}`,
    },
  ];
}

function tokensPerChunk({ nsPerChunk, nsPerToken }: Pace): number {
  return nsPerChunk / nsPerToken;
}

/** The acceptance while slow over that while fast, as a server tells it. */
function acceptanceFall(
  { telemetry }: DiagnosisContext,
  slow: readonly Pace[],
  fast: readonly Pace[],
): { readonly sourceId: string; readonly observation: Observation } | undefined {
  for (const server of telemetry.servers) {
    const [whileSlow, whileFast] = [slow, fast].map((paces) => acceptance(server, paces));
    if (whileSlow === undefined || whileFast === undefined || whileFast === 0) continue;
    const ratio = whileSlow / whileFast;
    return {
      sourceId: server.sourceId,
      observation: {
        name: 'acceptance_ratio',
        value: ratio,
        logLikelihoodRatio: ratio <= LEAST_FALL_RATIO ? 2 : -4,
      },
    };
  }
  return undefined;
}

/** Accepted over drafted tokens over some paces' times, or the mean that the engine gives. */
function acceptance(server: MetricSource, paces: readonly Pace[]): number | undefined {
  const mean = server.line('speculative_accepted_tokens_mean');
  if (mean !== undefined) {
    const levels = paces.flatMap(({ startNs }) => mean.levelAt(startNs) ?? []);
    return levels.length === 0 ? undefined : levels.reduce((sum, each) => sum + each, 0) / levels.length;
  }
  let [drafted, accepted] = [0, 0];
  for (const { startNs, endNs } of paces) {
    drafted += server.line('speculative_draft_tokens')?.growthOver(startNs, endNs)?.growth ?? 0;
    accepted += server.line('speculative_accepted_tokens')?.growthOver(startNs, endNs)?.growth ?? 0;
  }
  return drafted === 0 ? undefined : accepted / drafted;
}
