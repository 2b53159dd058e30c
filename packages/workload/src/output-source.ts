import { createLengthSampler } from './length-sampler.js';
import { phaseStreams } from './phase-streams.js';
import type { PlannedRequest, TokenCounter } from './plan.js';
import { rowAt } from './row-at.js';
import type { DatasetRow, WorkloadSpec } from './spec.js';

/** Output tokens to ask for at a position of its phase; `undefined` where the data set does not say. */
export type OutputSource = (phase: PlannedRequest['phase'], position: number) => number | undefined;

export function createOutputSource(
  spec: WorkloadSpec,
  tokenCounter: TokenCounter,
  rows: readonly DatasetRow[],
): OutputSource {
  if (spec.outputLengths.kind !== 'recorded') {
    const drawTokens = createLengthSampler(spec.outputLengths);
    const streamAt = phaseStreams(spec.seed, 'output-length');
    return (phase, position) => drawTokens(streamAt(phase, position));
  }
  return (_phase, position) => {
    const { output } = rowAt(rows, position);
    if (output?.kind !== 'text') return output?.outputTokens;
    return Math.max(1, tokenCounter.countTokens(output.text));
  };
}
