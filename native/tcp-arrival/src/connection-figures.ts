/** What the kernel knows of one connection (TCP_INFO and SIOCINQ), as of the call. */
export interface ConnectionFigures {
  readonly rttUs: number;
  readonly rttVariationUs: number;
  /** Segments sent again, ever. */
  readonly retransmitsCount: number;
  /** Segments now believed lost. */
  readonly lostCount: number;
  /** Bytes that arrived and were not read. */
  readonly receiveQueueBytes: number;
  /** Bytes written and not sent yet. */
  readonly unsentBytes: number;
  /** What the peer will take; 0 while its window is closed, and on kernels that do not tell (before 5.4). */
  readonly peerWindowBytes: number;
  readonly sinceDataMs: number;
  readonly receivedBytes: number;
}
