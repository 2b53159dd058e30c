import { UsageError } from '@fluidscope/errors';
import { parseDuration, type DurationNs } from '@fluidscope/units';

/** A value, or what was wrong with its text. */
type Parsed<T> = T | { readonly problem: string };

/**
 * Reads the texts of flags and keeps every problem, so that a user mends a command line once and not flag by flag.
 * A reader gives `undefined` for a flag that is absent or wrong; `finish` throws when any was wrong.
 */
export class FlagReader {
  readonly #problems: string[] = [];

  duration(flag: string, text: string | undefined): DurationNs | undefined {
    return this.parsed(flag, text, parseDuration);
  }

  /** A duration above 0, or `none` for no limit. */
  limit(flag: string, text: string): DurationNs | undefined {
    if (text === 'none') return undefined;
    const value = this.duration(flag, text);
    if (value === 0) this.problem(flag, 'expected a time above 0, or none for no limit, but received 0');
    return value;
  }

  wholeNumber(flag: string, text: string | undefined, floor: number): number | undefined {
    if (text === undefined) return undefined;
    const value = Number(text);
    if (/^\d+$/.test(text.trim()) && Number.isSafeInteger(value) && value >= floor) return value;
    return this.problem(flag, `expected a whole number of at least ${floor} but received "${text}"`);
  }

  positiveNumber(flag: string, text: string | undefined): number | undefined {
    if (text === undefined) return undefined;
    const value = Number(text);
    if (text.trim() !== '' && Number.isFinite(value) && value > 0) return value;
    return this.problem(flag, `expected a number above 0 but received "${text}"`);
  }

  choice<T extends string>(flag: string, text: string, choices: readonly T[]): T | undefined {
    const found = choices.find((choice) => choice === text);
    return found ?? this.problem(flag, `expected one of ${choices.join(', ')} but received "${text}"`);
  }

  /** Reads with a parser that gives a value or a problem. */
  parsed<T>(flag: string, text: string | undefined, parse: (text: string) => Parsed<T>): T | undefined {
    if (text === undefined) return undefined;
    const value = parse(text);
    return isProblem(value) ? this.problem(flag, value.problem) : value;
  }

  problem(flag: string, text: string): undefined {
    this.#problems.push(`${flag}: ${text}`);
    return undefined;
  }

  /** Throws `UsageError` with every problem met so far. */
  finish(command: string): void {
    if (this.#problems.length === 0) return;
    throw new UsageError(this.#problems, {
      hint: `See fluidscope ${command} --help for the flags and examples.`,
    });
  }
}

function isProblem(value: unknown): value is { readonly problem: string } {
  return typeof value === 'object' && value !== null && 'problem' in value;
}
