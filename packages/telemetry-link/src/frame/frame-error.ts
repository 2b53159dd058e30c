import { FluidscopeError } from '@fluidscope/errors';

/** Bytes that are no frame: damaged, cut, of another version, or made up. */
export function frameError(problem: string): FluidscopeError {
  return new FluidscopeError(`Expected a sample frame but received one that is damaged: ${problem}`, {
    code: 'link.bad-frame',
    hint: 'Use the same version of fluidscope on both sides; if it is the same, the connection alters bytes.',
  });
}
