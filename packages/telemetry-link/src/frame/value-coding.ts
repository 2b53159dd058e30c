import type { ByteReader } from './byte-reader.js';
import { zigzag, type ByteWriter } from './byte-writer.js';
import { unzigzag } from './byte-writer.js';
import { frameError } from './frame-error.js';

/** Differences beyond this are written as a value of their own: their code must stay below 2^53. */
const LARGEST_STEP = 2 ** 50;

const scratch = Buffer.alloc(8);

/**
 * One value after another of a series. An even number is twice the zigzag of the step between whole numbers (0: the value before
 * it again, whatever it is). An odd number says how many of the value's eight bytes follow, highest ones; the others are 0.
 */
export function writeValue(writer: ByteWriter, value: number, before: number): void {
  const step = value - before;
  const isStep = Number.isSafeInteger(value) && Number.isSafeInteger(before) && !Object.is(value, -0);
  if (Object.is(value, before)) writer.byte(0);
  else if (isStep && step !== 0 && Math.abs(step) < LARGEST_STEP) writer.varint(2 * zigzag(step));
  else writeWhole(writer, value);
}

export function readValue(reader: ByteReader, before: number): number {
  const code = reader.varint();
  if (code === 0) return before;
  if (code % 2 === 1) return readWhole(reader, (code - 1) / 2);
  const value = before + unzigzag(code / 2);
  if (!Number.isSafeInteger(value)) throw frameError('a value steps out of range');
  return value;
}

function writeWhole(writer: ByteWriter, value: number): void {
  scratch.writeDoubleLE(value);
  let zeros = 0;
  while (zeros < 8 && scratch[zeros] === 0) zeros++;
  writer.byte(2 * (8 - zeros) + 1);
  writer.bytes(scratch.subarray(zeros));
}

function readWhole(reader: ByteReader, count: number): number {
  if (count > 8) throw frameError('a value has more than eight bytes');
  scratch.fill(0);
  for (let at = 8 - count; at < 8; at++) scratch[at] = reader.byte();
  return scratch.readDoubleLE();
}
