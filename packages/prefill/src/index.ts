export {
  believedRange,
  DEFAULT_REACH_RATIO,
  firstTokenDeadline,
  type FirstTokenDeadline,
  type FirstTokenDeadlines,
} from './first-token-deadline.js';
export { FIT_METHOD, fitPrefill, type PrefillFit } from './fit-prefill.js';
export { judgedByPrefill } from './judged-by-prefill.js';
export { predictedTtftNs, type PrefillCurve } from './prefill-curve.js';
export {
  DEFAULT_LENGTHS_COUNT,
  DEFAULT_LONGEST_TOKENS,
  DEFAULT_SHORTEST_TOKENS,
  prefillLengths,
  prefillPlan,
  type PlannedPrefill,
} from './prefill-plan.js';
export type { PrefillPoint } from './prefill-point.js';
export {
  parsePrefillProfile,
  PREFILL_PROFILE_VERSION,
  prefillProfileText,
  type PrefillProfile,
  type PrefillProfileFit,
  type PrefillProfilePoint,
} from './prefill-profile.js';
export { deadlinesOfFit, fitProfilePoints } from './profile-fit.js';
export { recordedPrefill } from './recorded-prefill.js';
export { DEFAULT_TTFT_SLACK_TEXT, formatTtftSlack, parseTtftSlack, type TtftSlack } from './ttft-slack.js';
