/**
 * One exchange between a client and an agent: four stamps, whole nanoseconds. `t1` and `t4` are on the client's clock, `t2` and `t3`
 * on the agent's, relative to whatever origin the agent names; the two clocks may differ by any amount below 2^53 ns.
 */
export interface ClockProbe {
  /** Client's clock, read before the request is sent. */
  readonly t1Ns: number;
  /** Agent's clock, read after the request was received. */
  readonly t2Ns: number;
  /** Agent's clock, read before the answer is sent. */
  readonly t3Ns: number;
  /** Client's clock, read after the answer was received. */
  readonly t4Ns: number;
}

/** Whether the stamps can be true at all: whole numbers, and neither clock running backwards within the exchange. */
export function isUsableProbe(probe: ClockProbe): boolean {
  const { t1Ns, t2Ns, t3Ns, t4Ns } = probe;
  return (
    [t1Ns, t2Ns, t3Ns, t4Ns, t2Ns - t1Ns, t3Ns - t4Ns].every((each) => Number.isSafeInteger(each)) &&
    t4Ns >= t1Ns &&
    t3Ns >= t2Ns
  );
}
