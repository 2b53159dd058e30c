export type { Connector } from './connector.js';
export {
  ENDPOINT_TYPES,
  type ChunkKind,
  type ConnectionReuse,
  type EndpointType,
  type LlmClient,
  type LlmClientOptions,
  type LlmOutcome,
  type LlmRequest,
  type StreamChunk,
  type StreamObserver,
  type Timeouts,
} from './llm-client.js';
export type { ReadStamp, StampedSocket, StampedSockets } from './stamped-sockets.js';
export { createLlmClient } from './create-llm-client.js';
export { readProxy, type Proxy } from './proxy-tunnel.js';
