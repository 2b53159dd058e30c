import type { ChunkColumns } from '@fluidscope/trace-schema';
import { runNs } from '@fluidscope/units';
import { expect, it } from 'vitest';
import { WaitsInFlight } from './waits-in-flight.js';

/** Rows of (request, arrival, tokens). */
function chunks(...rows: readonly (readonly [number, number, number])[]): ChunkColumns {
  return {
    length: rows.length,
    requestIndex: Uint32Array.from(rows, ([request]) => request),
    seq: Uint32Array.from(rows, (_, index) => index),
    arrivalNs: Float64Array.from(rows, ([, arrivalNs]) => arrivalNs),
    tokenCount: Uint32Array.from(rows, ([, , tokens]) => tokens),
    stampSource: new Uint8Array(rows.length),
    errorNs: new Float64Array(rows.length),
  };
}

it('gives the waits between the tokens of a request that has ended, and forgets it', () => {
  const waits = new WaitsInFlight();
  waits.add(chunks([1, 100, 0], [1, 200, 1], [2, 250, 1]));
  waits.add(chunks([1, 230, 2], [1, 300, 0], [1, 330, 1]));
  expect(waits.take(1, runNs(0))).toEqual(Float64Array.of(30, 0, 100));
  expect(waits.take(1, runNs(0))).toBeUndefined();
  expect(waits.take(2, runNs(0))).toEqual(new Float64Array(0));
});
