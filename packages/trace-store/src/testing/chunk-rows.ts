import type { ChunkColumns } from '@fluidscope/trace-schema';

/** Chunks number `from` to `from + length` of two streams that take turns; chunk `n` arrives at `n` µs. */
export function chunkRows(from: number, length: number): ChunkColumns {
  const numbers = Array.from({ length }, (_, index) => from + index);
  return {
    length,
    requestIndex: Uint32Array.from(numbers, (n) => n % 2),
    seq: Uint32Array.from(numbers, (n) => Math.floor(n / 2)),
    arrivalNs: Float64Array.from(numbers, (n) => n * 1_000),
    tokenCount: new Uint32Array(length).fill(1),
    stampSource: Uint8Array.from(numbers, (n) => n % 2),
    errorNs: Float64Array.from(numbers, (n) => (n % 3 === 0 ? NaN : n)),
  };
}
