/** Places in a sample; the order is that of `put` in src/binding/addon.cc. */
const SAMPLE_FIELDS = [
  'socketId',
  'timeNs',
  'cause',
  'rttUs',
  'rttVariationUs',
  'retransmitsCount',
  'lostCount',
  'unackedCount',
  'outOfOrderCount',
  'receiveQueueBytes',
  'unsentBytes',
  'peerWindowBytes',
  'receiveWindowBytes',
  'receivedBytes',
  'sinceDataMs',
] as const;

/**
 * The figures of `ConnectionFigures` as numbers, with when (`timeNs`, relative to the sockets' origin) and of which connection
 * (`socketId`) they are; `receiveWindowBytes` is NaN where the kernel does not tell.
 */
export type SampleField = Exclude<(typeof SAMPLE_FIELDS)[number], 'cause'>;

/** Why a connection was sampled: its turn, a silence that became too long, or its end. */
export type SampleCause = 'interval' | 'silence' | 'close';

/** Whose connection it is, and what for. */
export interface SampledConnection {
  /** `address:port` of the other end. */
  readonly peer: string;
  /** The request that it carries, where `ArrivalSockets.carry` was told. */
  readonly requestId: string | undefined;
}

const CAUSES: readonly SampleCause[] = ['interval', 'silence', 'close'];
const PLACES = new Map<string, number>(SAMPLE_FIELDS.map((field, place) => [field, place]));
const NOBODY: SampledConnection = { peer: '', requestId: undefined };

/** Samples of all connections since the last ones were taken, in one buffer; rows are in order of time for each connection. */
export class ConnectionSamples {
  readonly #values: Float64Array;
  readonly #connections: ReadonlyMap<number, SampledConnection>;
  /** Samples that were not kept, because nobody took those before them. */
  readonly lostCount: number;

  constructor(values: Float64Array, lostCount: number, connections: ReadonlyMap<number, SampledConnection>) {
    this.#values = values;
    this.#connections = connections;
    this.lostCount = lostCount;
  }

  get length(): number {
    return this.#values.length / SAMPLE_FIELDS.length;
  }

  value(row: number, field: SampleField): number {
    return this.#at(row, field);
  }

  cause(row: number): SampleCause {
    return CAUSES[this.#at(row, 'cause')] ?? 'interval';
  }

  connection(row: number): SampledConnection {
    return this.#connections.get(this.#at(row, 'socketId')) ?? NOBODY;
  }

  #at(row: number, field: (typeof SAMPLE_FIELDS)[number]): number {
    return this.#values[row * SAMPLE_FIELDS.length + (PLACES.get(field) ?? 0)] ?? Number.NaN;
  }
}
