import { EXIT_STATUS, FluidscopeError } from '@fluidscope/errors';
import { formatRunSummary, runSummaryJson } from '@fluidscope/report';
import type { Command } from 'commander';
import { TOKEN_ON_COMMAND_LINE } from '../agent-access.js';
import type { CliContext } from '../cli-context.js';
import type { RegisterCommand } from '../register-command.js';
import { exportRun } from '../run/run-export.js';
import { agentsJson, formatAgents } from '../run/agents-text.js';
import { chartsOfFile } from '../terminal-charts.js';
import { terminalColumns } from '../terminal-columns.js';
import { loadRunConfig } from '../run/load-run-config.js';
import { recordRun } from '../run/record-run.js';
import type { RunConfig } from '../run/run-config.js';
import { flagAliasesText } from '../run/flag-aliases.js';
import { diagnoseRun, runDiagnosisJson, runDiagnosisText, type RunDiagnosis } from '../run/run-diagnosis.js';
import { addRunFlags, type RunFlags } from '../run/run-flags.js';
import { executeSeries } from '../series/execute-series.js';

const EXAMPLES = `
Examples:
  Closed loop, 8 in flight, 200 requests:
    fluidscope run -u http://localhost:8000 -m llama-3-8b --concurrency 8 --num-requests 200
  Open loop, Poisson arrivals at 10 a second for a minute, 20 warm-up requests:
    fluidscope run -u http://localhost:8000 -m llama-3-8b --request-rate 10 --duration 60s --warmup-requests 20
  Burstier arrivals, long-tailed prompts, fixed output length:
    fluidscope run -u http://localhost:8000 -m llama-3-8b --request-rate 10 --burstiness 0.5 \\
      --num-requests 500 --isl lognormal:1024,800 --osl 256 --ignore-eos --tokenizer ./llama-3-8b
  Replay recorded traffic, twice as fast:
    fluidscope run -u http://localhost:8000 -m llama-3-8b --dataset azure.csv --time-scale 0.5 --duration 5m
  Rates in stages, an SLO, the result as JSON:
    fluidscope run -u http://localhost:8000 -m llama-3-8b --stages "10rps for 30s, 20rps for 30s" \\
      --goodput "ttft:500ms fluidity:0.9" --json
  GPUs and host of the serving machine in the same trace, on the same clock (fluidscope agent runs there):
    fluidscope run -u http://gpu-1:8000 -m llama-3-8b --request-rate 10 --duration 60s \\
      --agent wss://gpu-1:7420 --agent-token-file token --agent-ca ca.pem
  Watched by Prometheus while it goes, pushed to an OpenTelemetry collector, and written as vLLM's bench would:
    fluidscope run -u http://localhost:8000 -m llama-3-8b --concurrency 8 --duration 5m \\
      --metrics-listen 127.0.0.1:9464 --otlp-endpoint http://localhost:4318 --export-format vllm
  An endpoint that needs a key (never stored):
    OPENAI_API_KEY=... fluidscope run -u https://api.example.com/v1 -m some-model --request-rate 1 --num-requests 20
  An engine that is started for the run and stopped after it (vllm, sglang, tgi, llama.cpp, sim, or a command):
    fluidscope run --launch vllm --launch-args "--max-num-seqs 64" -m meta-llama/Llama-3.1-8B-Instruct --concurrency 8
    fluidscope run --launch "my-server --port {port}" -m my-model --concurrency 8
  A run an hour for a day, each with a trace of its own, and how the figures moved; run again, it goes on where it was killed:
    fluidscope run -u https://api.example.com/v1 -m some-model --request-rate 1 --num-requests 50 \\
      --every 1h --for 24h --keep-traces 6 -o a-day
  The engine's own metrics beside the tokens, in the trace's view server_samples:
    fluidscope run -u http://localhost:8000 -m llama-3-8b --concurrency 8 --duration 60s --server-metrics auto
  Several tokens a chunk (speculative decoding): have vLLM count them in each chunk
    fluidscope run -u http://localhost:8000 -m llama-3-8b --concurrency 8 \\
      --extra-body '{"stream_options": {"continuous_usage_stats": true}}'

Times take units (25ms, 0.3s, 2m): a bare number is refused. Latencies count from the intended send.

AIPerf's and vLLM's names of the same flags are understood:
${flagAliasesText()}

Ctrl-C stops sending and waits for requests in flight (see --drain); a second one stops at once. Either way the trace
is complete and the figures are printed.

The end says why deadlines were missed; "fluidscope diagnose" says it at length, of any trace and at any time.

Exit status: 0 done; 1 the run failed; 2 wrong flags or files; 4 no request ended well.`;

export const registerRunCommand: RegisterCommand = (program: Command, context: CliContext) => {
  const command = program
    .command('run')
    .description(
      'Load a streaming endpoint, time every token, write the trace, print the metrics and why deadlines were missed.',
    );
  addRunFlags(command)
    .addHelpText('after', EXAMPLES)
    .action((flags: RunFlags) => run(flags, context));
};

async function run(flags: RunFlags, context: CliContext): Promise<void> {
  const config = await loadRunConfig(flags, context.env);
  if (!flags.quiet) for (const note of notesOf(config, flags)) context.stderr.write(`note: ${note}\n`);
  if (config.series !== undefined) return executeSeries(config, config.series, { flags, context });
  const { tracePath, result, agents, summary, engineFailure } = await recordRun(config, flags, context);
  const diagnosed = (): Promise<RunDiagnosis> =>
    flags.diagnosis && !context.interruptedAgain.aborted
      ? diagnoseRun(tracePath, summary)
      : Promise.resolve({ kind: 'left_out', reason: undefined });
  const shown = { ...summary, warnings: [...new Set([...summary.warnings, ...messagesOf(result.warnings)])] };
  if (flags.json) {
    const told = await diagnosed();
    const json = {
      trace: tracePath,
      ...(runSummaryJson(shown) as object),
      agents: agentsJson(agents),
      ...(runDiagnosisJson(told) as object),
      exported: await exportRun(tracePath, config, context),
    };
    context.stdout.write(`${JSON.stringify(json, undefined, 2)}\n`);
  } else {
    context.stdout.write(formatRunSummary(shown));
    context.stdout.write(await chartsOfFile(tracePath, context));
    context.stdout.write(formatAgents(agents));
    context.stdout.write(runDiagnosisText(await diagnosed(), tracePath, terminalColumns(context)));
    context.stdout.write(`\nTrace: ${tracePath}\n`);
    for (const { path } of await exportRun(tracePath, config, context))
      context.stdout.write(`Export: ${path}\n`);
  }
  if (result.failure !== undefined) throw result.failure;
  if (engineFailure !== undefined) throw engineFailure;
  if (summary.load.okCount === 0) throw nothingMeasured(tracePath);
}

/** What a reader must know of a run before it starts. */
function notesOf({ dataset, endpoint, tokenizerPath }: RunConfig, { agentToken }: RunFlags): string[] {
  const notes: string[] = [];
  if (agentToken !== undefined) notes.push(TOKEN_ON_COMMAND_LINE);
  if (dataset !== undefined && dataset.skippedCount > 0) {
    notes.push(`${dataset.skippedCount} entries of ${dataset.source.path} are no request and were left out`);
  }
  if (endpoint.insecure) notes.push('any TLS certificate is accepted (--insecure)');
  if (tokenizerPath === undefined) {
    notes.push('prompt lengths are approximate: no --tokenizer was given (the trace says so too)');
  }
  return notes;
}

function messagesOf(warnings: readonly { readonly message: string }[]): string[] {
  return warnings.map((warning) => warning.message);
}

function nothingMeasured(tracePath: string): FluidscopeError {
  return new FluidscopeError('Expected at least one request to end well but none did: nothing was measured', {
    code: 'run.nothing-measured',
    hint: `The failures are listed above, and each is a row of the view "requests" in ${tracePath}.`,
    exitStatus: EXIT_STATUS.nothingMeasured,
  });
}
