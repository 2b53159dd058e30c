export { agentDescriptionSchema, type AgentDescription } from './agent-description.js';
export { agentUrlsOf } from './client/agent-url.js';
export type { LinkProbe } from './client/clock-prober.js';
export {
  connectAgent,
  type AgentHello,
  type AgentLink,
  type ConnectAgentOptions,
  type LinkEvent,
  type LinkLoss,
  type LinkState,
} from './client/connect-agent.js';
export type { AgentAccess } from './client/open-socket.js';
export { CLOCK_PATH, LINK_VERSION, STREAM_PATH } from './control-messages.js';
export { decodeFrame } from './frame/decode-frame.js';
export { encodeFrame } from './frame/encode-frame.js';
export { FRAME_VERSION, MAX_FRAME_SAMPLES, type SampleFrame } from './frame/frame-format.js';
export {
  attachPushServer,
  type PushListener,
  type PushReader,
  type PushServer,
  type PushServerOptions,
} from './push/attach-push-server.js';
export { columnsOfRecords, pickRows, type SampleColumns } from './sample-columns.js';
export {
  attachTelemetryServer,
  type TelemetryServer,
  type TelemetryServerOptions,
} from './server/attach-telemetry-server.js';
export type { DroppedFigures, ReaderFigures } from './server/reader-figures.js';
export { TELEMETRY_LIMITS, type TelemetryLimits } from './server/limits.js';
export { UNAUTHORISED, type UpgradeRefusal } from './server/upgrade-refusal.js';
export type {
  AgentEvent,
  AgentLoss,
  TelemetryListener,
  TelemetrySelection,
  TelemetrySource,
} from './telemetry-source.js';
