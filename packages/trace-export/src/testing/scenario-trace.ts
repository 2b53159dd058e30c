import { createMemoryTrace, parseScenario, runScenario, runStartOf } from '@fluidscope/scenario';
import type { Json, RunStart, TraceReader, TraceWriter } from '@fluidscope/trace-schema';

/** Five seconds of chat on two GPUs; the engine pauses for half a second, twice. */
const PAUSES = `
name: pauses
duration: 5s
deadlines: { ttft: 300ms, tbt: 10ms }
gpus: { per_replica: 2 }
load: { arrivals: { kind: poisson, rate: 4 }, prompt_tokens: 300, output_tokens: 60 }
faults:
  - { kind: engine_pause, at: 1s, every: 2s, pause: 500ms }
`;

/** What the virtual engine gives for it, and what `also` writes besides. */
export async function scenarioTrace(
  also: (writer: TraceWriter) => void = () => undefined,
  config: Readonly<Record<string, Json>> = {},
): Promise<TraceReader> {
  const scenario = parseScenario(PAUSES);
  const start = runStartOf(scenario, 1);
  const { writer, reader } = createMemoryTrace({ ...start, config: { ...asObject(start), ...config } });
  also(writer);
  await runScenario(scenario, 1, writer);
  return reader;
}

function asObject({ config }: RunStart): Readonly<Record<string, Json>> {
  return typeof config === 'object' && config !== null && !Array.isArray(config)
    ? (config as Readonly<Record<string, Json>>)
    : {};
}
