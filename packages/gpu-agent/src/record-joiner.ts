import { SAMPLE_RECORD_BYTES } from '@fluidscope/trace-schema';
import { NS_PER_MS } from '@fluidscope/units';

/** Of GPUs that come at all there is a flush at least every 50 ms; past this the host's records wait for none. */
const GPU_SILENCE_NS = BigInt(100 * NS_PER_MS);
const FIRST_ROOM_BYTES = 1024 * SAMPLE_RECORD_BYTES;

/**
 * Lets the host's records travel with the next flush of the GPUs': each hand-over costs a frame for every reader, whatever is in it. They
 * wait only while GPUs flush, and so not for long. A joined batch stands by series as the sampler's do, the host behind the GPUs.
 */
export class RecordJoiner {
  readonly #deliver: (records: Buffer) => void;
  #host: Buffer = Buffer.alloc(FIRST_ROOM_BYTES);
  #hostBytes = 0;
  #joined: Buffer = Buffer.alloc(FIRST_ROOM_BYTES);
  #gpuSeenNs: bigint | undefined;

  /** What `deliver` gets it must read before it returns: the memory is used again. */
  constructor(deliver: (records: Buffer) => void) {
    this.#deliver = deliver;
  }

  addGpu(records: Buffer, nowNs: bigint): void {
    this.#gpuSeenNs = nowNs;
    if (this.#hostBytes === 0) this.#deliver(records);
    else this.#deliverWith(records);
  }

  addHost(records: Buffer, nowNs: bigint): void {
    this.#host = withRoom(this.#host, this.#hostBytes, records.length);
    records.copy(this.#host, this.#hostBytes);
    this.#hostBytes += records.length;
    const isGpuSilent = this.#gpuSeenNs === undefined || nowNs - this.#gpuSeenNs > GPU_SILENCE_NS;
    if (isGpuSilent) this.#deliverWith(NOTHING);
  }

  #deliverWith(gpuRecords: Buffer): void {
    const length = gpuRecords.length + this.#hostBytes;
    this.#joined = withRoom(this.#joined, 0, length);
    gpuRecords.copy(this.#joined);
    copyBySeries(this.#host.subarray(0, this.#hostBytes), this.#joined.subarray(gpuRecords.length, length));
    this.#hostBytes = 0;
    this.#deliver(this.#joined.subarray(0, length));
  }
}

const NOTHING = Buffer.alloc(0);

function withRoom(buffer: Buffer, usedBytes: number, moreBytes: number): Buffer {
  if (usedBytes + moreBytes <= buffer.length) return buffer;
  const larger = Buffer.alloc(2 * (usedBytes + moreBytes));
  buffer.copy(larger, 0, 0, usedBytes);
  return larger;
}

/** A few dozen records by metric and sub_id, those of one series in order of reading. */
function copyBySeries(from: Buffer, to: Buffer): void {
  const places = Array.from(
    { length: from.length / SAMPLE_RECORD_BYTES },
    (_, row) => row * SAMPLE_RECORD_BYTES,
  );
  places.sort(
    (a, b) =>
      from.readUInt16LE(a + 14) - from.readUInt16LE(b + 14) ||
      from.readUInt32LE(a + 28) - from.readUInt32LE(b + 28),
  );
  places.forEach((place, row) =>
    from.copy(to, row * SAMPLE_RECORD_BYTES, place, place + SAMPLE_RECORD_BYTES),
  );
}
