import { UsageError } from '@fluidscope/errors';

/** More would bury the first ones, and a file of another format has as many as it has lines. */
const MAX_LISTED_COUNT = 20;

/** Collects what is wrong with a data set, so that one reading shows all of it up to a limit. */
export class RowProblems {
  readonly #listed: string[] = [];
  readonly #sourceName: string;
  #count = 0;

  constructor(sourceName: string) {
    this.#sourceName = sourceName;
  }

  /** `where` is a line or an entry, counted from 1: `line 17`. */
  add(where: string, problems: readonly string[]): void {
    this.#count += 1;
    if (this.#count > MAX_LISTED_COUNT) return;
    this.#listed.push(...problems.map((problem) => `${this.#sourceName}, ${where}: ${problem}`));
  }

  throwIfAny(): void {
    if (this.#count === 0) return;
    const restCount = this.#count - MAX_LISTED_COUNT;
    const rest = restCount > 0 ? [`... and ${restCount} more rows like these`] : [];
    throw new UsageError([...this.#listed, ...rest], { code: 'workload.dataset' });
  }
}
