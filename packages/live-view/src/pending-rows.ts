/** Rows that have come and whose time has not: taken out once the frame's end passes them. Bounded. */
export class PendingRows<Row> {
  readonly #timeOf: (row: Row) => number;
  readonly #capCount: number;
  #rows: Row[] = [];

  constructor(timeOf: (row: Row) => number, capCount: number) {
    this.#timeOf = timeOf;
    this.#capCount = capCount;
  }

  /** How many of the rows did not fit. */
  add(rows: readonly Row[]): number {
    const takenCount = Math.min(rows.length, this.#capCount - this.#rows.length);
    for (let index = 0; index < takenCount; index += 1) {
      const row = rows[index];
      if (row !== undefined) this.#rows.push(row);
    }
    return rows.length - takenCount;
  }

  /** In order of time, whatever the order in which they came. */
  takeUntil(toNs: number): readonly Row[] {
    const taken = this.#rows.filter((row) => this.#timeOf(row) <= toNs);
    if (taken.length > 0) this.#rows = this.#rows.filter((row) => this.#timeOf(row) > toNs);
    return taken.sort((a, b) => this.#timeOf(a) - this.#timeOf(b));
  }
}
