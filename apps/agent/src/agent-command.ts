import type { AgentEvent } from '@fluidscope/telemetry-link';
import { Command } from 'commander';
import type { Writable } from 'node:stream';
import { readAgentFlags, TOKEN_VARIABLE, type AgentFlags, type Env } from './agent-flags.js';
import { DEFAULT_LISTEN } from './default-listen.js';
import { startAgent } from './start-agent.js';
import { VERSION } from './version.js';

/** What the command may touch of the process it runs in. */
export interface AgentCommandContext {
  readonly stdout: Writable;
  readonly stderr: Writable;
  readonly env: Env;
  /** Aborted to stop: at the first Ctrl-C or SIGTERM. */
  readonly interrupted: AbortSignal;
}

const EXAMPLES = `
Examples:
  On this machine, at ${DEFAULT_LISTEN}:
    $ fluidscope agent

  Clocks and power at 1 kHz, with the serving process watched too:
    $ fluidscope agent --fast-hz 1000 --pid $(pgrep -of vllm)

  For other machines: a token of at least 16 characters and a certificate:
    $ openssl rand -hex 32 > token && chmod 600 token
    $ fluidscope agent --listen 0.0.0.0:7420 --token-file token --tls-cert cert.pem --tls-key key.pem

  In a network that is trusted, said aloud:
    $ fluidscope agent --listen 10.0.0.7:7420 --insecure

  Any free port, the address as JSON, for a script:
    $ fluidscope agent --listen 127.0.0.1:0 --json

Serves GET /healthz, /metrics (Prometheus), /v1/describe (what is read, what is absent and why), and the WebSockets /v1/stream and
/v1/clock. Look at it with: fluidscope watch --agent http://${DEFAULT_LISTEN}
The token comes from --token-file or ${TOKEN_VARIABLE}, never from a flag. FLUIDSCOPE_NVML_LIBRARY names the library like --library.
It needs no root and changes no setting of a GPU. A machine without GPU, driver or library is served all the same: its host is.
Exit status: 0 after Ctrl-C or SIGTERM; 1 when the address or certificate cannot be used; 2 for flags that are wrong.`;

/** The `agent` command, for `fluidscope` and for the program of its own. Its action ends when interrupted. */
export function createAgentCommand(name: string, context: AgentCommandContext): Command {
  return withSamplingFlags(withServerFlags(new Command(name)))
    .description('Sample this machine’s GPUs and host, and stream them to harnesses and watchers.')
    .addHelpText('after', name === 'agent' ? EXAMPLES : EXAMPLES.replaceAll('fluidscope agent', name))
    .action((flags: AgentFlags) => runAgent(flags, context));
}

function withServerFlags(command: Command): Command {
  return command
    .option('--listen <address:port>', 'where to serve; port 0 for any free one', DEFAULT_LISTEN)
    .option('--token-file <file>', `a file with the token that readers must send (or ${TOKEN_VARIABLE})`)
    .option('--tls-cert <file>', 'certificate chain, PEM')
    .option('--tls-key <file>', 'its private key, PEM')
    .option('--insecure', 'serve other machines without token or TLS')
    .option('--allow-host <name...>', 'names that clients may use for this machine, beside its own')
    .option('--allow-origin <origin...>', 'web pages that may read, such as https://dash.example')
    .option('--max-readers <n>', 'readers of the stream at once (default: 16)')
    .option('--json', 'print the address as one line of JSON')
    .option('--quiet', 'print no states and warnings');
}

function withSamplingFlags(command: Command): Command {
  return command
    .option('--library <file>', 'NVML to open instead of libnvidia-ml.so.1')
    .option('--fast-hz <n>', 'rate of clocks, throttle reasons and power, 1 to 1000', '100')
    .option('--flush-interval <time>', 'how often samples are handed on', '40ms')
    .option('--calibration <time>', 'measure each metric’s real refresh for so long at the start', '2s')
    .option('--stall <time>', 'a call that takes longer marks its GPU stalled', '1s')
    .option('--guard <what>', 'when reading costs too much: adapt the rate, or keep it and say so', 'adapt')
    .option('--host-hz <n>', 'rate of the host’s metrics, 1 to 50', '40')
    .option('--pid <pid...>', 'processes to watch, beside those that the GPUs report')
    .option('--nvidia-smi <command>', 'what to run where NVML cannot be loaded', 'nvidia-smi')
    .option('--no-nvidia-smi', 'do not run it')
    .option('--nvidia-smi-interval <time>', 'how often it reads', '1s');
}

async function runAgent(
  flags: AgentFlags,
  { stdout, stderr, env, interrupted }: AgentCommandContext,
): Promise<void> {
  const say = (text: string) => {
    if (flags.quiet !== true) stderr.write(`${text}\n`);
  };
  const options = readAgentFlags(flags, env);
  const running = await startAgent({
    ...options,
    gpuAgent: { ...options.gpuAgent, versions: { agent: VERSION } },
    onWarning: (message) => say(`warning: ${message}`),
  });
  const { url, host, port, agent } = running;
  const { agentId } = agent;
  const answer = { url, host, port, agent_id: agentId, pid: process.pid };
  stdout.write(flags.json === true ? `${JSON.stringify(answer)}\n` : `Serving ${agentId} at ${url}\n`);
  const { state, detail } = agent.describe().gpu_source;
  say(`gpu source: ${state}${detail === '' ? '' : `: ${detail}`}`);
  agent.subscribe({
    onRecords: () => {},
    onEvent: (event) => say(eventText(event)),
    onLoss: ({ reason, count }) => say(`lost: ${count} (${reason})`),
  });
  if (!interrupted.aborted) {
    await new Promise<void>((resolve) => {
      interrupted.addEventListener('abort', () => resolve(), { once: true });
    });
  }
  await running.close();
}

/** `gpu_state: gpu_index=0 state=lost …`. */
function eventText({ kind, detail }: AgentEvent): string {
  if (detail === null || typeof detail !== 'object' || Array.isArray(detail))
    return `${kind}: ${String(detail)}`;
  const parts = Object.entries(detail).filter(([, value]) => value !== '');
  return `${kind}: ${parts.map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`).join(' ')}`;
}
