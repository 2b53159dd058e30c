/** The exit statuses of every command; `design` of the command line, not of one command. */
export const EXIT_STATUS = {
  done: 0,
  runFailed: 1,
  usage: 2,
  gateNotMet: 3,
  nothingMeasured: 4,
} as const;

export type ExitStatus = (typeof EXIT_STATUS)[keyof typeof EXIT_STATUS];

export interface FluidscopeErrorOptions {
  /** Stable, machine-readable, dotted: `trace.newer-schema`, `score.wrong-shape`. */
  readonly code: string;
  /** What to do now, as an imperative sentence. */
  readonly hint?: string;
  readonly cause?: unknown;
  readonly exitStatus?: ExitStatus;
}

/**
 * An error that a user is meant to read: the message says what was expected and what came
 * ("Expected X for NAME but received Y"), the hint says what to do.
 *
 * Anything else that reaches the top of a command is a defect of ours and is shown with its stack.
 */
export class FluidscopeError extends Error {
  override readonly name: string = 'FluidscopeError';
  readonly code: string;
  readonly hint: string | undefined;
  readonly exitStatus: ExitStatus;

  constructor(message: string, options: FluidscopeErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = options.code;
    this.hint = options.hint;
    this.exitStatus = options.exitStatus ?? EXIT_STATUS.runFailed;
  }
}

/** Bad flags, files or configuration. Reports every problem at once, one a line. */
export class UsageError extends FluidscopeError {
  override readonly name = 'UsageError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[], options: Partial<FluidscopeErrorOptions> = {}) {
    super(problems.join('\n'), { code: 'usage', exitStatus: EXIT_STATUS.usage, ...options });
    this.problems = problems;
  }
}

/** The text of anything that was thrown, for a record or a message. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
