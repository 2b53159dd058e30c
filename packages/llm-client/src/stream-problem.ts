import type { ErrorCode } from '@fluidscope/trace-schema';

/**
 * What is wrong with a response, found while reading it. Never leaves the package: the exchange turns it
 * into an outcome.
 */
export class StreamProblem extends Error {
  override readonly name = 'StreamProblem';
  readonly code: Extract<ErrorCode, 'protocol' | 'server_error'>;

  constructor(code: StreamProblem['code'], message: string) {
    super(message);
    this.code = code;
  }
}
