import { writeBlockPrompt } from './block-prompt.js';
import { lazy } from './lazy.js';
import { createLengthSampler } from './length-sampler.js';
import { phaseStreams } from './phase-streams.js';
import type { PlannedRequest, Prompt, PromptLengthSource, TokenCounter } from './plan.js';
import { createPromptWriter } from './prompt-writer.js';
import { randomStreams } from './random-stream.js';
import { rowAt } from './row-at.js';
import type { DatasetPrompt, DatasetRow, WorkloadSpec } from './spec.js';

export interface PromptContent {
  readonly promptTokensSource: PromptLengthSource;
  countTokens(): number;
  build(): Prompt;
}

/** The prompt at a position of its phase; positions count from 0 in each phase. */
export type PromptSource = (phase: PlannedRequest['phase'], position: number) => PromptContent;

/**
 * Warm-up requests take the lengths of the first rows and text of their own: they leave the measured rows where they
 * were and put none of their text into the server's prefix cache.
 */
export function createPromptSource(
  spec: WorkloadSpec,
  tokenCounter: TokenCounter,
  rows: readonly DatasetRow[],
): PromptSource {
  const generate = createGenerator(spec, tokenCounter);
  if (spec.promptLengths.kind !== 'recorded') {
    const drawTokens = createLengthSampler(spec.promptLengths);
    const streamAt = phaseStreams(spec.seed, 'prompt-length');
    return (phase, position) => generate(phase, position, () => drawTokens(streamAt(phase, position)));
  }
  const writer = createPromptWriter(tokenCounter);
  const streamOfBlock = randomStreams(spec.seed, 'block');
  return (phase, position) => {
    const { prompt } = rowAt(rows, position);
    const countTokens = lazy(() => countPrompt(prompt, tokenCounter));
    if (phase === 'warmup' || prompt.kind === 'length') return generate(phase, position, countTokens);
    return {
      promptTokensSource: tokenCounter.source,
      countTokens,
      build: () =>
        prompt.kind === 'blocks'
          ? { kind: 'text', text: writeBlockPrompt(writer, streamOfBlock, prompt) }
          : prompt,
    };
  };
}

type Generator = (phase: PlannedRequest['phase'], position: number, ownTokens: () => number) => PromptContent;

/** Text of its own for every request, behind the shared prefix where one is asked for. */
function createGenerator(spec: WorkloadSpec, tokenCounter: TokenCounter): Generator {
  const writer = createPromptWriter(tokenCounter);
  const streamAt = phaseStreams(spec.seed, 'prompt-text');
  const prefixTokens = spec.sharedPrefixTokens ?? 0;
  const prefix = lazy(() =>
    prefixTokens === 0 ? '' : writer.write(randomStreams(spec.seed, 'shared-prefix')(0), prefixTokens),
  );
  return (phase, position, ownTokens) => {
    const countOwnTokens = lazy(ownTokens);
    return {
      promptTokensSource: tokenCounter.source,
      countTokens: () => prefixTokens + countOwnTokens(),
      build: () => ({
        kind: 'text',
        text: prefix() + writer.write(streamAt(phase, position), countOwnTokens(), prefix()),
      }),
    };
  };
}

/** A conversation counts the tokens of its messages, without those that the server's chat template adds. */
function countPrompt(prompt: DatasetPrompt, tokenCounter: TokenCounter): number {
  switch (prompt.kind) {
    case 'length':
    case 'blocks':
      return prompt.promptTokens;
    case 'text':
      return tokenCounter.countTokens(prompt.text);
    case 'messages':
      return prompt.messages.reduce((sum, { content }) => sum + tokenCounter.countTokens(content), 0);
  }
}
