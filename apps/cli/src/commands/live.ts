import { startLive } from '@fluidscope/dashboard';
import { UsageError } from '@fluidscope/errors';
import { agentUrlsOf, type AgentAccess } from '@fluidscope/telemetry-link';
import { Command } from 'commander';
import {
  addAgentAccessFlags,
  linkUrlOf,
  readAgentAccess,
  TOKEN_ON_COMMAND_LINE,
  type AgentAccessFlags,
} from '../agent-access.js';
import type { CliContext } from '../cli-context.js';
import { FlagReader } from '../flag-reader.js';
import { runArgumentsOf } from '../live/run-arguments.js';
import {
  DEFAULT_LIVE_LISTEN,
  LIVE_TOKEN_VARIABLE,
  readLiveServer,
  type LiveServerConfig,
} from '../live/live-server.js';
import type { RegisterCommand } from '../register-command.js';
import { expandFlagAliases } from '../run/flag-aliases.js';
import { registerRunCommand } from './run.js';

export interface LiveFlags extends AgentAccessFlags {
  readonly agent?: readonly string[];
  readonly run?: true;
  readonly listen: string;
  readonly tokenFile?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly insecure?: true;
  readonly allowHost?: readonly string[];
  readonly json?: true;
  readonly quiet?: true;
}

const EXAMPLES = `
Examples:
  The GPUs of this machine (fluidscope agent runs there), at http://${DEFAULT_LIVE_LISTEN}:
    $ fluidscope live --agent ws://127.0.0.1:7420

  A run with the GPUs beside it; what stands after -- is given to fluidscope run:
    $ fluidscope live --agent ws://gpu-1:7420 --run -- -u http://gpu-1:8000 -m llama-3-8b --request-rate 10 --duration 5m

  The same, as a flag of the run:
    $ fluidscope run --live -u http://gpu-1:8000 -m llama-3-8b --request-rate 10 --duration 5m --agent ws://gpu-1:7420

  For other machines: a token of at least 16 characters, which the page asks for, and a certificate:
    $ fluidscope live --agent ws://gpu-1:7420 --listen 0.0.0.0:7421 --token-file token --tls-cert cert.pem --tls-key key.pem

Without --run it serves until Ctrl-C. With it, it is the run: its output, its exit status, and the page goes when it ends.
The token comes from --token-file or ${LIVE_TOKEN_VARIABLE}, never from a flag. Agents are tried again for as long as the page lives.
Exit status: 0 after Ctrl-C; 1 when the address or the certificate cannot be used; 2 for flags that are wrong; with --run that of run.`;

/** `fluidscope live`: a page of agents' GPUs, or of a run and its GPUs, while they happen. */
export const registerLiveCommand: RegisterCommand = (program, context) => {
  withFlags(program.command('live'))
    .description('Serve a local web page that shows GPUs, and a run, while they happen.')
    .argument('[run-flags...]', 'with --run, after --: the flags of fluidscope run')
    .addHelpText('after', EXAMPLES)
    .action(async (runFlags: readonly string[], flags: LiveFlags) => {
      const args = runArgumentsOf(flags, runFlags);
      if (args === undefined) return serveAgents(flags, context);
      const runProgram = new Command(program.name()).copyInheritedSettings(program);
      registerRunCommand(runProgram, context);
      await runProgram.parseAsync(expandFlagAliases(args), { from: 'user' });
    });
};

function withFlags(command: Command): Command {
  const collect = (value: string, previous: readonly string[] = []): readonly string[] => [
    ...previous,
    value,
  ];
  return addAgentAccessFlags(
    command
      .option('--agent <url>', 'agent to show, such as ws://127.0.0.1:7420; repeatable', collect)
      .option('--run', 'run a load and show it: its flags stand after --'),
  )
    .option(
      '--listen <address:port>',
      'where to serve the page; port 0 for any free one',
      DEFAULT_LIVE_LISTEN,
    )
    .option(
      '--token-file <file>',
      `a file with the token that the page asks for (or env ${LIVE_TOKEN_VARIABLE})`,
    )
    .option('--tls-cert <file>', 'certificate chain, PEM')
    .option('--tls-key <file>', 'its private key, PEM')
    .option('--insecure', 'serve other machines without token or TLS')
    .option('--allow-host <name...>', 'names under which the page may be opened, beside this machine’s own')
    .option('--json', 'print the address as one line of JSON')
    .option('--quiet', 'print no notes and warnings');
}

async function serveAgents(
  flags: LiveFlags,
  { env, stdout, stderr, interrupted }: CliContext,
): Promise<void> {
  const { server, agentUrls, agentAccess } = readFlags(flags, env);
  const say = (text: string): void => {
    if (flags.quiet !== true) stderr.write(`${text}\n`);
  };
  if (flags.agentToken !== undefined) say(`note: ${TOKEN_ON_COMMAND_LINE}`);
  const zeroMonoNs = process.hrtime.bigint();
  const live = await startLive({ ...server, agentUrls, agentAccess, zeroMonoNs }, (message) =>
    say(`warning: ${message}`),
  );
  stdout.write(
    flags.json === true ? `${JSON.stringify({ url: live.url, pid: process.pid })}\n` : `Open ${live.url}\n`,
  );
  if (!interrupted.aborted) {
    await new Promise<void>((resolve) => {
      interrupted.addEventListener('abort', () => resolve(), { once: true });
    });
  }
  await live.close();
}

function readFlags(
  flags: LiveFlags,
  env: CliContext['env'],
): {
  readonly server: LiveServerConfig;
  readonly agentUrls: readonly string[];
  readonly agentAccess: AgentAccess;
} {
  const reader = new FlagReader();
  const agentUrls = [...new Set((flags.agent ?? []).map(linkUrlOf))];
  if (agentUrls.length === 0)
    reader.problem('--agent', 'expected at least one agent, or --run, but received neither');
  for (const url of agentUrls) {
    try {
      agentUrlsOf(url);
    } catch (thrown) {
      if (!(thrown instanceof UsageError)) throw thrown;
      for (const problem of thrown.problems) reader.problem('--agent', problem);
    }
  }
  const agentAccess = readAgentAccess(reader, flags, env);
  const server = readLiveServer(reader, flags, { env, listenFlag: '--listen', flagPrefix: '--' });
  reader.finish('live');
  return { server, agentUrls, agentAccess };
}
