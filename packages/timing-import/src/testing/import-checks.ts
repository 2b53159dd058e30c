import { UsageError } from '@fluidscope/errors';
import { tokenGaps } from '@fluidscope/metrics';
import { importTimings, type ImportedRequest, type TimingFormat } from '../index.js';

export const MS = 1_000_000;

export function gapsOf(request: ImportedRequest | undefined): number[] {
  return request?.status === 'ok' ? [...tokenGaps(request.timings)] : [];
}

export function problemOf(
  text: string,
  format?: TimingFormat,
): { message: string; hint: string | undefined } {
  try {
    importTimings(text, format === undefined ? {} : { format });
  } catch (thrown) {
    if (!(thrown instanceof UsageError)) throw thrown;
    if (thrown.problems.length !== 1)
      throw new Error(`Expected one problem but found ${thrown.problems.join('; ')}`);
    return { message: thrown.message, hint: thrown.hint };
  }
  throw new Error('expected an error');
}
