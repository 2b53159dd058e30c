import type { PlannedRequest } from './plan.js';
import { randomStreams, type RandomSource } from './random-stream.js';

/** Streams by phase and position, so that measured requests draw the same numbers whatever the warm-up was. */
export type PhaseStreams = (phase: PlannedRequest['phase'], position: number) => RandomSource;

export function phaseStreams(seed: number, purpose: string): PhaseStreams {
  const streams = {
    warmup: randomStreams(seed, `warmup/${purpose}`),
    measured: randomStreams(seed, `measured/${purpose}`),
  };
  return (phase, position) => streams[phase](position);
}
