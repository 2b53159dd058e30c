import { diagnoseTrace } from '@fluidscope/diagnosis';
import { createMemoryTrace, parseScenario, runScenario, runStartOf } from '@fluidscope/scenario';
import type { Json, RunStart, TraceReader, TraceWriter } from '@fluidscope/trace-schema';
import { reportPage } from '../html/report-page.js';

/** Ten seconds of chat on two GPUs; the engine pauses for half a second, three times. */
export const PAUSES = `
name: pauses
duration: 10s
deadlines: { ttft: 300ms, tbt: 10ms }
gpus: { per_replica: 2 }
load: { arrivals: { kind: poisson, rate: 4 }, prompt_tokens: 300, output_tokens: 150 }
faults:
  - { kind: engine_pause, at: 3s, every: 3s, pause: 500ms }
`;

export const NO_FAULT = PAUSES.replace(/faults:[^]*$/, 'faults: []\n');

export interface PageOptions {
  /** Texts laid over the scenario. */
  readonly overlays?: readonly string[];
  readonly config?: Readonly<Record<string, Json>>;
  /** Writes more into the trace before it ends. */
  readonly also?: (writer: TraceWriter) => void;
  /** What the page sees of the trace. */
  readonly seen?: (reader: TraceReader) => TraceReader;
}

export async function scenarioPage(text: string, options: PageOptions = {}): Promise<string> {
  const { overlays = [], config = {}, also, seen } = options;
  const scenario = parseScenario(text, ...overlays);
  const start = runStartOf(scenario, 1);
  const { writer, reader } = createMemoryTrace({ ...start, config: { ...asObject(start), ...config } });
  also?.(writer);
  await runScenario(scenario, 1, writer);
  const shown = seen === undefined ? reader : seen(reader);
  return reportPage(shown, await diagnoseTrace(shown));
}

function asObject({ config }: RunStart): Readonly<Record<string, Json>> {
  return typeof config === 'object' && config !== null && !Array.isArray(config)
    ? (config as Readonly<Record<string, Json>>)
    : {};
}
