export { FrameCredit } from './frame-credit.js';
export { FrameHistory } from './frame-history.js';
export { LIVE_METRIC_IDS, LiveAgent, type LiveSamples } from './live-agent.js';
export {
  FRAME_NS,
  FRAMES_PER_S,
  LIVE_GPU_METRICS,
  LIVE_PATH,
  LIVE_PROTOCOL,
  LIVE_VERSION,
  TOKEN_PROTOCOL_PREFIX,
  type AboutMessage,
  type AgentFrame,
  type FrameMessage,
  type HistoryMessage,
  type LateStream,
  type LiveAgentAbout,
  type LiveMessage,
  type LiveMiss,
  type LiveQuantiles,
  type LiveRequest,
  type LiveRunAbout,
  type LiveServerFigures,
  type LiveWindow,
  type RunFrame,
} from './live-messages.js';
export { LiveRun, type LiveEnd, type LiveRunOptions, type LiveStart } from './live-run.js';
export { QUANTILE_ERROR_RATIO } from './log-histogram.js';
export type { LiveChunks } from './pending-chunks.js';
export type { LiveServerSample } from './server-figures.js';
export { putSeverities, STREAM_STATES, worstByRow, type StreamState } from './stream-state.js';
