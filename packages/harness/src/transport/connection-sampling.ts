import type { LlmClient } from '@fluidscope/llm-client';

/** Figures of a connection that are recorded; `@fluidscope/tcp-arrival` says what each is. */
export type RecordedField =
  | 'socketId'
  | 'timeNs'
  | 'rttUs'
  | 'rttVariationUs'
  | 'retransmitsCount'
  | 'outOfOrderCount'
  | 'receiveQueueBytes'
  | 'unsentBytes'
  | 'peerWindowBytes'
  | 'receiveWindowBytes';

/** Samples of connections, row by row, in order of time for each connection. */
export interface SampledConnections {
  readonly length: number;
  /** Samples that should be here and are not. */
  readonly lostCount: number;
  /** `timeNs` is run time; a figure that the kernel does not tell is NaN. */
  value(row: number, field: RecordedField): number;
  cause(row: number): 'interval' | 'silence' | 'close';
  connection(row: number): { readonly peer: string; readonly requestId: string | undefined };
}

/** Port: samples the connections of one thread's client; `ArrivalSockets` is one whose origin is the run's start. */
export interface ConnectionSampling {
  startSampling(options: { readonly periodMs: number; readonly silenceMs: number }): void;
  stopSampling(): void;
  takeSamples(): SampledConnections;
}

/** A client whose connections can be sampled, where its sockets know how. */
export interface SampledClient extends LlmClient {
  readonly connections?: ConnectionSampling;
}
