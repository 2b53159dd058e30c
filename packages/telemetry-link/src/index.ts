export { agentDescriptionSchema, type AgentDescription } from './agent-description.js';
export { HOST_GPU_INDEX, SAMPLE_FLAGS, SAMPLE_RECORD_BYTES } from './sample-record.js';
export type {
  AgentEvent,
  AgentLoss,
  TelemetryListener,
  TelemetrySelection,
  TelemetrySource,
} from './telemetry-source.js';
