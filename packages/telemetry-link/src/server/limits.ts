import { UsageError } from '@fluidscope/errors';

/** What readers may cost an agent. All of it is bounded, whatever they do. */
export interface TelemetryLimits {
  /** Readers of `/v1/stream` at once; one more is answered 503. */
  readonly maxReadersCount: number;
  /** Sockets of `/v1/clock` at once. */
  readonly maxClockSocketsCount: number;
  /** Largest message from a reader. */
  readonly maxMessageBytes: number;
  /** Messages a second from one reader; who sends more is disconnected. */
  readonly maxMessagesPerS: number;
  /** Probes a second from one clock socket. */
  readonly maxProbesPerS: number;
  /** What is kept of the stream, for readers that are behind or come back: one memory for all of them. */
  readonly backlogBytes: number;
  /** Bytes handed to one reader's socket before it must have taken some. */
  readonly socketWindowBytes: number;
  /** How long the stream goes on without a reader, so that one that lost its connection misses nothing. */
  readonly resumeWindowMs: number;
  /** A reader is pinged this often, and disconnected when it has not answered by the second ping after. */
  readonly keepaliveMs: number;
  /** How long a reader may take to subscribe. */
  readonly subscribeMs: number;
}

export const TELEMETRY_LIMITS: TelemetryLimits = {
  maxReadersCount: 16,
  maxClockSocketsCount: 16,
  maxMessageBytes: 65_536,
  maxMessagesPerS: 20,
  maxProbesPerS: 200,
  backlogBytes: 16 * 1_048_576,
  socketWindowBytes: 262_144,
  resumeWindowMs: 60_000,
  keepaliveMs: 10_000,
  subscribeMs: 10_000,
};

/** Throws a `UsageError` with every limit that is not a positive whole number. */
export function requireLimits(limits: TelemetryLimits): void {
  const problems = Object.entries(limits).flatMap(([name, value]: [string, number]) =>
    Number.isSafeInteger(value) && value > 0
      ? []
      : [`Expected a whole number above 0 for ${name} but received ${value}`],
  );
  if (problems.length > 0) throw new UsageError(problems, { code: 'link.limits' });
}
