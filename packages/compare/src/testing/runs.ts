import { createMemoryTrace, parseScenario, runScenario, runStartOf } from '@fluidscope/scenario';
import { readComparedRun, type ComparedRun } from '../index.js';

/** A minute of chat on one GPU. `overlays` are laid over it. */
export const CALM = `
name: calm
duration: 60s
deadlines: { ttft: 300ms, tbt: 12ms }
gpus: { per_replica: 1 }
load: { arrivals: { kind: poisson, rate: 4 }, prompt_tokens: 300, output_tokens: 40 }
faults: []
`;

export const PAUSES = 'faults: [{ kind: engine_pause, at: 3s, every: 7s, pause: 700ms }]';

/** Runs a scenario in virtual time and reads it for a comparison. */
export async function simulatedRun(seed: number, ...overlays: readonly string[]): Promise<ComparedRun> {
  const scenario = parseScenario(CALM, ...overlays);
  const { writer, reader } = createMemoryTrace(runStartOf(scenario, seed));
  await runScenario(scenario, seed, writer);
  return readComparedRun(reader, `seed ${seed}`);
}
