// The rows of the trace-store bench: 1,000 streams of 50 tokens a second each, seeded, in batches as a client hands them over.

export const ROWS_COUNT = Number(process.env.ROWS ?? 2_000_000);
export const STREAMS_COUNT = 1_000;
const BATCH_ROWS = 500;
const MEAN_GAP_NS = 20_000;

/** Batches of `ChunkColumns`; the arrays of a batch are used again for the next. */
export function* chunkBatches() {
  const random = mulberry32(20_240_707);
  const batch = createBatch();
  let arrivalNs = 0;
  for (let row = 0; row < ROWS_COUNT;) {
    batch.length = Math.min(BATCH_ROWS, ROWS_COUNT - row);
    for (let index = 0; index < batch.length; index++, row++) {
      arrivalNs += Math.round(-Math.log(1 - random()) * MEAN_GAP_NS);
      batch.requestIndex[index] = row % STREAMS_COUNT;
      batch.seq[index] = Math.floor(row / STREAMS_COUNT);
      batch.arrivalNs[index] = arrivalNs;
      batch.tokenCount[index] = 1;
      batch.errorNs[index] = 2_000 + Math.floor(random() * 12_000);
    }
    yield batch;
  }
}

function createBatch() {
  return {
    length: 0,
    requestIndex: new Uint32Array(BATCH_ROWS),
    seq: new Uint32Array(BATCH_ROWS),
    arrivalNs: new Float64Array(BATCH_ROWS),
    tokenCount: new Uint32Array(BATCH_ROWS),
    stampSource: new Uint8Array(BATCH_ROWS),
    errorNs: new Float64Array(BATCH_ROWS),
  };
}

function mulberry32(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
