/**
 * The two messages of a clock socket, little-endian. Probe: u8 1, 3 bytes 0, u32 id. Answer: u8 2, 3 bytes 0, u32 id, u64 t2, u64 t3, the
 * agent host's CLOCK_MONOTONIC when the probe came in and when the answer went out. The reader keeps t1 and t4 itself.
 */
export const PROBE_BYTES = 8;
export const ANSWER_BYTES = 24;

const PROBE_KIND = 1;
const ANSWER_KIND = 2;

export interface ClockAnswer {
  readonly id: number;
  readonly t2MonoNs: bigint;
  readonly t3MonoNs: bigint;
}

export function encodeProbe(id: number): Buffer {
  const bytes = Buffer.alloc(PROBE_BYTES);
  bytes[0] = PROBE_KIND;
  bytes.writeUInt32LE(id, 4);
  return bytes;
}

/** The id of a probe, or `undefined` for bytes that are none. */
export function probeIdOf(bytes: Buffer): number | undefined {
  return bytes.length === PROBE_BYTES && bytes[0] === PROBE_KIND ? bytes.readUInt32LE(4) : undefined;
}

/** `t3` is read last, so that it is as late as can be. */
export function encodeAnswer(id: number, t2MonoNs: bigint, monoNowNs: () => bigint): Buffer {
  const bytes = Buffer.alloc(ANSWER_BYTES);
  bytes[0] = ANSWER_KIND;
  bytes.writeUInt32LE(id, 4);
  bytes.writeBigUInt64LE(t2MonoNs, 8);
  bytes.writeBigUInt64LE(monoNowNs(), 16);
  return bytes;
}

/** An answer, or `undefined` for bytes that are none. */
export function decodeAnswer(bytes: Buffer): ClockAnswer | undefined {
  if (bytes.length !== ANSWER_BYTES || bytes[0] !== ANSWER_KIND) return undefined;
  return {
    id: bytes.readUInt32LE(4),
    t2MonoNs: bytes.readBigUInt64LE(8),
    t3MonoNs: bytes.readBigUInt64LE(16),
  };
}
