import { FluidscopeError } from '@fluidscope/errors';
import type { LlmClient, LlmOutcome } from '@fluidscope/llm-client';
import type { PlannedPrefill, PrefillProfile } from '@fluidscope/prefill';
import { isRefusal, sendIsolated } from './isolated-request.js';
import type { UniquePrompts } from './unique-prompts.js';

export interface PrefillMeasurement {
  readonly client: LlmClient;
  readonly prompts: UniquePrompts;
  readonly plan: readonly PlannedPrefill[];
  readonly warmupRequestCount: number;
  /** Ends the measurement after the request that is under way. */
  readonly stopSignal: AbortSignal;
  readonly cancelSignal: AbortSignal;
  /** Called after each request with the profile so far, to be kept: a kill then costs one request. */
  readonly keep: (profile: PrefillProfile) => Promise<void>;
  readonly onProgress: (doneCount: number, plannedCount: number, lengthTokens: number) => void;
}

type Failure = PrefillProfile['failures'][number];

/** So many in a row, whatever their lengths, are no accident. */
const MOST_FAILURES_IN_ROW_COUNT = 5;

/**
 * Sends what of the plan is not in the profile yet, one request at a time, and gives the profile with all that was measured. Lengths
 * from the first that the server refuses are left out. Throws `FluidscopeError` when requests fail again and again.
 */
export async function measurePrefill(
  begun: PrefillProfile,
  measurement: PrefillMeasurement,
): Promise<PrefillProfile> {
  const { plan, stopSignal, keep, onProgress } = measurement;
  // What failed otherwise may succeed now.
  let profile: PrefillProfile = { ...begun, failures: begun.failures.filter(isOfLength) };
  let failedInRowCount = 0;
  const open = plan.filter(({ requestIndex }) => !isMeasured(profile, requestIndex));
  if (open.length > 0) await warmUp(measurement, profile);
  for (const planned of open) {
    if (stopSignal.aborted) return profile;
    if (isBeyondRefusal(profile, planned.lengthTokens)) continue;
    const answered = await measureOne(profile, planned, measurement);
    if (answered === profile) return profile;
    failedInRowCount = answered.failures.length > profile.failures.length ? failedInRowCount + 1 : 0;
    profile = answered;
    await keep(profile);
    onProgress(doneCount(profile, plan), plan.length, planned.lengthTokens);
    if (failedInRowCount >= MOST_FAILURES_IN_ROW_COUNT) throw failsAgain(profile.failures.at(-1));
  }
  return { ...profile, is_complete: true };
}

async function warmUp(
  { client, prompts, plan, warmupRequestCount, cancelSignal }: PrefillMeasurement,
  profile: PrefillProfile,
) {
  const lengths = [...new Set(plan.map(({ lengthTokens }) => lengthTokens))]
    .filter((lengthTokens) => !isBeyondRefusal(profile, lengthTokens))
    .sort((a, b) => a - b);
  for (let count = 0; count < warmupRequestCount; count += 1) {
    // The shortest and the middle one in turn: the longest may take minutes.
    const lengthTokens = lengths[count % 2 === 0 ? 0 : lengths.length >> 1] ?? 1;
    await sendIsolated(
      client,
      { requestId: `warmup-${count}`, prompt: prompts.next(lengthTokens) },
      cancelSignal,
    );
  }
}

/** The profile with the request's point or points, or with its failure; the profile itself when it was cancelled. */
async function measureOne(
  profile: PrefillProfile,
  { requestIndex, lengthTokens }: PlannedPrefill,
  { client, prompts, cancelSignal }: PrefillMeasurement,
): Promise<PrefillProfile> {
  const prompt = prompts.next(lengthTokens);
  const sends = profile.settings.prefix_cache === 'measure' ? [false, true] : [false];
  const points: PrefillProfile['points'] = [];
  let countedByServer = true;
  for (const isRepeat of sends) {
    const requestId = `prefill-${requestIndex}${isRepeat ? '-again' : ''}`;
    const { ttftNs, outcome } = await sendIsolated(client, { requestId, prompt }, cancelSignal);
    if (outcome.status === 'cancelled') return profile;
    if (ttftNs === undefined || ttftNs === 0)
      return withFailure(profile, failureOf(outcome, { requestIndex, lengthTokens }));
    countedByServer &&= outcome.usagePromptTokens !== undefined;
    points.push({
      request_index: requestIndex,
      length_tokens: lengthTokens,
      prompt_tokens: outcome.usagePromptTokens ?? lengthTokens,
      ttft_ns: ttftNs,
      is_repeat: isRepeat,
    });
  }
  return {
    ...profile,
    prompt_tokens_source: joinedSource(
      profile.prompt_tokens_source,
      countedByServer ? 'server_usage' : 'client',
    ),
    points: [...profile.points, ...points],
  };
}

function joinedSource(
  before: PrefillProfile['prompt_tokens_source'],
  now: 'server_usage' | 'client',
): PrefillProfile['prompt_tokens_source'] {
  return before === null || before === now ? now : 'mixed';
}

function failureOf(outcome: LlmOutcome, planned: PlannedPrefill): Failure {
  return {
    request_index: planned.requestIndex,
    length_tokens: planned.lengthTokens,
    error_code: outcome.status === 'ok' ? 'no_token' : (outcome.errorCode ?? 'protocol'),
    http_status: outcome.httpStatus ?? null,
    error_message: outcome.errorMessage ?? (outcome.status === 'ok' ? 'the answer had no token' : null),
  };
}

function withFailure(profile: PrefillProfile, failure: Failure): PrefillProfile {
  return { ...profile, failures: [...profile.failures, failure] };
}

/** Whether it was refused as it is; a limit that was learned the hard way. */
function isOfLength({ error_code: errorCode, http_status: httpStatus }: Failure): boolean {
  return errorCode === 'http' && isRefusal({ status: 'error', httpStatus: httpStatus ?? undefined });
}

function isBeyondRefusal({ failures }: PrefillProfile, lengthTokens: number): boolean {
  return failures.some((failure) => isOfLength(failure) && lengthTokens >= failure.length_tokens);
}

function isMeasured({ points }: PrefillProfile, requestIndex: number): boolean {
  return points.some((point) => point.request_index === requestIndex);
}

function doneCount(profile: PrefillProfile, plan: readonly PlannedPrefill[]): number {
  return plan.filter(
    ({ requestIndex, lengthTokens }) =>
      isMeasured(profile, requestIndex) || isBeyondRefusal(profile, lengthTokens),
  ).length;
}

function failsAgain(failure: Failure | undefined): FluidscopeError {
  const { error_code: errorCode, error_message: message } = failure ?? {};
  return new FluidscopeError(
    `Expected requests to be answered but ${MOST_FAILURES_IN_ROW_COUNT} in a row failed, the last by ${errorCode}: ${message}`,
    {
      code: 'prefill.requests-fail',
      hint: 'What was measured is kept: the same command goes on from there.',
    },
  );
}
