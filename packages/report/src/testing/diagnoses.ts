import { diagnose, type Claim, type Diagnosis, type TokenStream } from '@fluidscope/diagnosis';
import { durationNs, runNs } from '@fluidscope/units';

const MS = 1_000_000;
const TOKENS = 200;

/** Four streams of one engine, 20 ms a token, all of them held up for `stallMs` before each of `stalledTokens`; deadlines 200 ms and 25 ms. */
export function stalledRun(stalledTokens: readonly number[], stallMs = 900): Diagnosis {
  const streams = Array.from({ length: 4 }, (_, index) => stalledStream(index, stalledTokens, stallMs));
  return diagnose(streams, { ttftDeadlineNs: durationNs(200 * MS), tbtDeadlineNs: durationNs(25 * MS) });
}

function stalledStream(requestIndex: number, stalledTokens: readonly number[], stallMs: number): TokenStream {
  const delayMs = (token: number): number =>
    stallMs * stalledTokens.filter((stalled) => stalled <= token).length;
  return {
    requestIndex,
    promptTokens: undefined,
    seqs: Uint32Array.from({ length: TOKENS }, (_, token) => token),
    sentNs: 0,
    timings: {
      startNs: runNs(0),
      arrivalsNs: Float64Array.from(
        { length: TOKENS },
        (_, token) => (100 + 20 * token + delayMs(token)) * MS,
      ),
      tokenCounts: new Uint32Array(TOKENS).fill(1),
    },
    errorsNs: new Float64Array(TOKENS).fill(3_000),
  };
}

/** The same with all of its episodes laid to one cause, as a rule would. */
export function laidTo(diagnosis: Diagnosis, claim: Claim, advice: string): Diagnosis {
  const sourceIds = claim.sourceId === undefined ? [] : [claim.sourceId];
  return {
    ...diagnosis,
    findings: diagnosis.findings.map((finding) => ({
      ...finding,
      cause: claim.cause,
      sourceIds,
      confidence: claim.confidence,
      evidence: claim.evidence,
      advice,
    })),
    episodes: diagnosis.episodes.map((episode) => ({
      ...episode,
      verdict: { ...episode.verdict, claims: [claim] },
    })),
  };
}
