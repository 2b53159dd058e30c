/** How a response's bytes are cut into events. */
export interface EventParser {
  /** Hands every event that these bytes complete to the sink. Throws `StreamProblem` on an event beyond the limit. */
  feed(bytes: Buffer): void;
  /** The stream has ended: hands on an event that lacks only its ending. */
  end(): void;
  /**
   * Where the payload starts, if `bytes` look like one event from its first byte to its last, its ending included, and nothing is kept
   * of an event before; -1 if not. Only both ends are looked at: whoever takes the payload without `feed` must know that no
   * line ends within it. Changes nothing.
   */
  startOfWhole(bytes: Buffer): number;
  /** Bytes of the ending that `startOfWhole` looks for. */
  readonly endingBytes: number;
}

/**
 * One event's payload is `bytes[start, end)`, never empty. `name` is SSE's event name, '' when there is none.
 * The bytes are never written again.
 */
export interface EventSink {
  onEvent(bytes: Buffer, start: number, end: number, name: string): void;
}

/** An event beyond this is a protocol error: memory must not grow with what a server sends. */
export const LARGEST_EVENT_BYTES = 16 * 1_024 * 1_024;
