import { UsageError } from '@fluidscope/errors';
import { agentUrlsOf } from '@fluidscope/telemetry-link';
import { rootCertificates } from 'node:tls';
import type { CliContext } from '../cli-context.js';
import type { FlagReader } from '../flag-reader.js';
import type { AgentsConfig } from './run-config.js';
import type { RunFlags } from './run-flags.js';

interface AgentSurroundings {
  readonly env: CliContext['env'];
  readonly caPem: string | undefined;
  readonly insecure: boolean;
}

/** The agents of `--agent`, each once, with the token of the flag or the environment and the endpoint's own TLS settings. */
export function readAgents(
  reader: FlagReader,
  flags: Pick<RunFlags, 'agent' | 'agentToken' | 'agentWait'>,
  { env, caPem, insecure }: AgentSurroundings,
): AgentsConfig {
  const urls = [...new Set(flags.agent ?? [])];
  for (const url of urls) requireAgentUrl(reader, url);
  if (urls.length === 0 && flags.agentToken !== undefined)
    reader.problem('--agent-token', 'expected --agent beside it');
  const token = flags.agentToken ?? (env['FLUIDSCOPE_AGENT_TOKEN'] || undefined);
  return {
    urls,
    ...(token === undefined ? {} : { token }),
    tls: {
      rejectUnauthorized: !insecure,
      ...(caPem === undefined ? {} : { ca: [...rootCertificates, caPem].join('\n') }),
    },
    waitForAgent: flags.agentWait ?? false,
  };
}

function requireAgentUrl(reader: FlagReader, url: string): void {
  try {
    agentUrlsOf(url);
  } catch (thrown) {
    if (!(thrown instanceof UsageError)) throw thrown;
    for (const problem of thrown.problems) reader.problem('--agent', problem);
  }
}
