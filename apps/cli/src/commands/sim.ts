import { startLlmSim, type LlmSim, type LlmSimOptions } from '@fluidscope/llm-sim';
import type { Scenario } from '@fluidscope/scenario';
import type { CliContext } from '../cli-context.js';
import type { RegisterCommand } from '../register-command.js';
import { playScenario, type PlayedScenario } from '../sim/play-scenario.js';
import { readScenario } from '../sim/read-scenario.js';
import { readSimFlags, servedScenario } from '../sim/read-sim-flags.js';
import { withSimFlags, type SimFlags } from '../sim/sim-flags.js';
import { libraryJson, libraryText } from '../sim/simulated-library.js';
import { runVirtualScenario, virtualScenarioText } from '../sim/virtual-scenario.js';

const EXAMPLES = `
Examples:
  An engine like vLLM on an H100, on port 8000:
    $ fluidscope sim

  A smaller GPU that prefills whole prompts first, so that decodes stall:
    $ fluidscope sim --profile a100-llama3-8b --policy prefill-first

  Little KV memory, so that requests are preempted under load:
    $ fluidscope sim --kv-blocks 2000 --max-model-len 8192

  A ruler for clients: exact schedules, every write logged, any free port, its address as JSON:
    $ fluidscope sim --profile fixed --ttft 100ms --tbt 20ms --truth truth.csv --port 0 --json

  A scenario's faults on a served engine, and the same scenario in virtual time into a trace with the truth beside it:
    $ fluidscope sim --scenario pause.yaml
    $ fluidscope sim --scenario pause.yaml --virtual -o pause.duckdb --truth pause.truth.json

Endpoints: POST /v1/chat/completions, POST /v1/completions, GET /v1/models, /health, /metrics (vLLM's names).
Prompts count one token a word. An answer is max_tokens long with ignore_eos, else a seeded length up to max_tokens.
Ctrl-C ends every stream and completes the truth file.`;

/** `fluidscope sim`: the simulated serving engine, until interrupted. */
export const registerSimCommand: RegisterCommand = (program, context) => {
  withSimFlags(program.command('sim'))
    .description('Serve a simulated LLM engine with OpenAI-compatible endpoints, in real time.')
    .addHelpText('after', EXAMPLES)
    .action((flags: SimFlags) => runSim(flags, context));
};

async function runSim(flags: SimFlags, context: CliContext): Promise<void> {
  const scenario = flags.scenario === undefined ? undefined : await readScenario(flags.scenario);
  const options = { ...readSimFlags(flags), ...(scenario && servedScenario(scenario, flags)) };
  if (flags.virtual === true && scenario !== undefined) return runVirtual(scenario, flags, context);
  return serve(options, { scenario, flags, context });
}

async function runVirtual(scenario: Scenario, flags: SimFlags, { stdout }: CliContext): Promise<void> {
  const result = await runVirtualScenario({
    scenario,
    seed: Number(flags.seed),
    tracePath: flags.output ?? '',
    truthPath: flags.truth,
  });
  stdout.write(`${flags.json === true ? JSON.stringify(result) : virtualScenarioText(result)}\n`);
}

async function serve(
  options: LlmSimOptions,
  { scenario, flags, context }: { scenario: Scenario | undefined; flags: SimFlags; context: CliContext },
): Promise<void> {
  const { stdout, stderr, interrupted } = context;
  let played: PlayedScenario | undefined;
  const sim = await startLlmSim({
    ...options,
    onFirstRequest: (atNs) => played?.begin(atNs),
    onWarning: (message) => {
      if (flags.quiet !== true) stderr.write(`warning: ${message}\n`);
    },
  });
  if (scenario !== undefined && sim.control !== undefined) {
    played = playScenario(scenario, { seed: options.seed ?? 0, control: sim.control });
    if (flags.quiet !== true) stderr.write(`notice: ${played.notice}\n`);
  }
  stdout.write(`${flags.json === true ? describeAsJson(sim, options, flags) : describe(sim, flags)}\n`);
  if (options.gpus !== undefined && flags.json !== true) stdout.write(`${libraryText(options.gpus)}\n`);
  if (!interrupted.aborted) {
    await new Promise<void>((resolve) => {
      interrupted.addEventListener('abort', () => resolve(), { once: true });
    });
  }
  played?.stop();
  await sim.close();
}

function describe({ url, model }: LlmSim, { profile, policy }: SimFlags): string {
  const engine = profile === 'fixed' ? 'fixed schedules' : `${profile}, ${policy ?? 'chunked'}`;
  return `Serving ${model} (simulated: ${engine}) at ${url}`;
}

function describeAsJson(
  { url, host, port, model, maxModelTokens }: LlmSim,
  { gpus }: LlmSimOptions,
  { profile }: SimFlags,
): string {
  return JSON.stringify({
    url,
    host,
    port,
    model,
    profile,
    max_model_len: maxModelTokens,
    pid: process.pid,
    ...(gpus === undefined ? {} : { gpu_state: gpus.statePath, ...libraryJson(gpus) }),
  });
}
