/** A minute at 20 frames a second. */
export const COLUMNS_COUNT = 1_200;

/** Which of the last `COLUMNS_COUNT` columns are known; a ring's place may still hold a column of a minute ago. */
export class KnownColumns {
  readonly #columns = new Int32Array(COLUMNS_COUNT).fill(-1);

  add(column: number): void {
    this.#columns[column % COLUMNS_COUNT] = column;
  }

  has(column: number): boolean {
    return column >= 0 && this.#columns[column % COLUMNS_COUNT] === column;
  }
}

/** A number for each known column, NaN where there is none. */
export class ColumnRing {
  readonly #known: KnownColumns;
  readonly #values = new Float64Array(COLUMNS_COUNT).fill(NaN);

  constructor(known: KnownColumns) {
    this.#known = known;
  }

  put(column: number, value: number): void {
    this.#values[column % COLUMNS_COUNT] = value;
  }

  at(column: number): number {
    return this.#known.has(column) ? (this.#values[column % COLUMNS_COUNT] ?? NaN) : NaN;
  }

  /** Of the columns from `from` up to and including `to`; 0 where there is none above. */
  largest(from: number, to: number): number {
    let largest = 0;
    for (let column = from; column <= to; column += 1) {
      const value = this.at(column);
      if (value > largest) largest = value;
    }
    return largest;
  }
}
