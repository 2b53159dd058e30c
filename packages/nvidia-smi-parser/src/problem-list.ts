import type { SmiProblem } from './smi-record.js';

const MAX_PROBLEMS = 100;
const MAX_TEXT_LENGTH = 200;

/** Collects problems; bounded, for a broken text can hold as many problems as lines. */
export class ProblemList {
  readonly #problems: SmiProblem[] = [];
  #moreCount = 0;

  add(kind: SmiProblem['kind'], text: string, where?: string): void {
    if (this.#problems.length >= MAX_PROBLEMS) {
      this.#moreCount += 1;
      return;
    }
    const problem = { kind, text: text.slice(0, MAX_TEXT_LENGTH) };
    this.#problems.push(where === undefined ? problem : { ...problem, where });
  }

  result(): { problems: readonly SmiProblem[]; moreProblemsCount: number } {
    return { problems: this.#problems, moreProblemsCount: this.#moreCount };
  }
}
