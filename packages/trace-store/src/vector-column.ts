import duckdb from '@duckdb/node-bindings';

/** Rows a DuckDB vector holds. A slice copied into one starts at a multiple of this. */
export const VECTOR_ROWS = duckdb.vector_size();

const TWO_TO_32 = 0x1_0000_0000;

/**
 * A growable column in the memory layout of DuckDB's vectors, so that a slice reaches DuckDB as one copy instead of a
 * call and a BigInt for each value: the writer shares the event loop with the stamps of the tokens.
 * For little-endian machines, like every build of DuckDB for Node.
 */
export interface VectorColumn {
  /** Makes room for `capacity` rows and keeps what is there. */
  grow(capacity: number): void;
  /** Copies rows `from` to `from + count` into the vector; `count` is at most `VECTOR_ROWS`. */
  copyTo(vector: duckdb.Vector, from: number, count: number): void;
  /** Forgets the rows and keeps the room. */
  clear(): void;
}

type UnsignedArray = Uint8Array<ArrayBuffer> | Uint32Array<ArrayBuffer>;

/** Unsigned integers, never NULL: UINTEGER, or the positions of an ENUM of at most 256 words. */
export class UnsignedColumn<Values extends UnsignedArray> implements VectorColumn {
  readonly #createArray: new (capacity: number) => Values;
  #values: Values;

  constructor(createArray: new (capacity: number) => Values) {
    this.#createArray = createArray;
    this.#values = new createArray(0);
  }

  grow(capacity: number): void {
    const grown = new this.#createArray(capacity);
    grown.set(this.#values);
    this.#values = grown;
  }

  set(to: number, source: Uint8Array | Uint32Array, count: number): void {
    this.#values.set(source.subarray(0, count), to);
  }

  fill(to: number, value: number, count: number): void {
    this.#values.fill(value, to, to + count);
  }

  copyTo(vector: duckdb.Vector, from: number, count: number): void {
    const { buffer, BYTES_PER_ELEMENT } = this.#values;
    duckdb.copy_data_to_vector(vector, 0, buffer, from * BYTES_PER_ELEMENT, count * BYTES_PER_ELEMENT);
  }

  clear(): void {
    // Rows are written over before they are copied: there is nothing to forget.
  }
}

/** A column of eight-byte values of which NaN becomes NULL. */
abstract class NullableColumn implements VectorColumn {
  #validBits = new Uint8Array(0);
  #hasNull = false;

  /** The values' memory: row `i` from byte `8 i` on. */
  protected abstract memory(): ArrayBuffer;
  protected abstract growValues(capacity: number): void;
  protected abstract setValue(row: number, value: number): void;

  grow(capacity: number): void {
    this.growValues(capacity);
    const validBits = new Uint8Array(Math.ceil(capacity / 8)).fill(0xff);
    validBits.set(this.#validBits);
    this.#validBits = validBits;
  }

  set(to: number, source: Float64Array, count: number): void {
    for (let index = 0; index < count; index++) {
      const value = source[index] ?? NaN;
      if (Number.isFinite(value)) this.setValue(to + index, value);
      else this.#setNull(to + index);
    }
  }

  copyTo(vector: duckdb.Vector, from: number, count: number): void {
    duckdb.copy_data_to_vector(vector, 0, this.memory(), from * 8, count * 8);
    if (!this.#hasNull) return;
    duckdb.vector_ensure_validity_writable(vector);
    duckdb.copy_data_to_vector_validity(vector, 0, this.#validBits.buffer, from / 8, Math.ceil(count / 8));
  }

  clear(): void {
    if (this.#hasNull) this.#validBits.fill(0xff);
    this.#hasNull = false;
  }

  #setNull(row: number): void {
    this.#hasNull = true;
    const byteIndex = row >>> 3;
    this.#validBits[byteIndex] = (this.#validBits[byteIndex] ?? 0xff) & ~(1 << (row & 7));
  }
}

/** Whole numbers up to 2^53 as BIGINT; NaN becomes NULL. */
export class Int64Column extends NullableColumn {
  #halves = new Int32Array(0);

  protected memory(): ArrayBuffer {
    return this.#halves.buffer;
  }

  protected growValues(capacity: number): void {
    const halves = new Int32Array(capacity * 2);
    halves.set(this.#halves);
    this.#halves = halves;
  }

  protected setValue(row: number, value: number): void {
    const high = Math.floor(value / TWO_TO_32);
    this.#halves[row * 2] = value - high * TWO_TO_32;
    this.#halves[row * 2 + 1] = high;
  }
}

/** Numbers as DOUBLE; what is not finite becomes NULL: JSON cannot hold it. */
export class DoubleColumn extends NullableColumn {
  #values = new Float64Array(0);

  protected memory(): ArrayBuffer {
    return this.#values.buffer;
  }

  protected growValues(capacity: number): void {
    const values = new Float64Array(capacity);
    values.set(this.#values);
    this.#values = values;
  }

  protected setValue(row: number, value: number): void {
    this.#values[row] = value;
  }
}
