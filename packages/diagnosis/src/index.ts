export type { Cause, EvidenceTier, Verdict } from './causes/verdict.js';
export { diagnose, type Diagnosis, type Finding, type JudgedEpisode } from './diagnose.js';
export { diagnosisJson } from './diagnosis-json.js';
export type { Episode } from './episodes.js';
export type { ExpectedGap } from './expected-gaps.js';
export { readStreams } from './read-streams.js';
export type { Stall } from './stalls.js';
export type { TokenStream } from './token-stream.js';
