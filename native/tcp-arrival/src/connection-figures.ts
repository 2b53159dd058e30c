/** What the kernel knows of one connection (TCP_INFO and SIOCINQ), as of the call. */
export interface ConnectionFigures {
  readonly rttUs: number;
  readonly rttVariationUs: number;
  /** Segments that this end sent again, ever. What the peer sent again shows as `outOfOrderCount`, or as nothing but a silence. */
  readonly retransmitsCount: number;
  /** Segments of this end that are now believed lost. */
  readonly lostCount: number;
  /** Segments of this end that are under way. */
  readonly unackedCount: number;
  /** Segments that came before one that belongs in front of them, ever: something was lost or overtaken on the way here. */
  readonly outOfOrderCount: number;
  /** Bytes that arrived and were not read. */
  readonly receiveQueueBytes: number;
  /** Bytes written and not sent yet. */
  readonly unsentBytes: number;
  /** What the peer will take; 0 while its window is closed. */
  readonly peerWindowBytes: number;
  /** What this end lets the peer send; 0 while it reads too slowly. `undefined` before Linux 6.2. */
  readonly receiveWindowBytes?: number;
  readonly receivedBytes: number;
  readonly sinceDataMs: number;
  /** The peer sends no more, or the connection is gone, whether or not that was read yet. */
  readonly hasPeerEnded: boolean;
}
