import { UsageError } from '@fluidscope/errors';
import { agentUrlsOf } from '@fluidscope/telemetry-link';
import { linkUrlOf, readAgentAccess, withSystemAuthorities } from '../agent-access.js';
import type { CliContext } from '../cli-context.js';
import type { FlagReader } from '../flag-reader.js';
import type { AgentsConfig } from './run-config.js';
import type { RunFlags } from './run-flags.js';

interface AgentSurroundings {
  readonly env: CliContext['env'];
  /** The endpoint's own, which agents are trusted by too where `--agent-ca` names no other. */
  readonly caPem: string | undefined;
  readonly insecure: boolean;
}

const ACCESS_FLAGS = [
  ['--agent-token', 'agentToken'],
  ['--agent-token-file', 'agentTokenFile'],
  ['--agent-ca', 'agentCa'],
] as const;

/** The agents of `--agent`, each once, with their token and the authorities that their certificates may come from. */
export function readAgents(
  reader: FlagReader,
  flags: Pick<RunFlags, 'agent' | 'agentToken' | 'agentTokenFile' | 'agentCa' | 'agentWait'>,
  { env, caPem, insecure }: AgentSurroundings,
): AgentsConfig {
  const urls = [...new Set((flags.agent ?? []).map(linkUrlOf))];
  for (const url of urls) requireAgentUrl(reader, url);
  if (urls.length === 0) {
    for (const [flag, key] of ACCESS_FLAGS) {
      if (flags[key] !== undefined) reader.problem(flag, 'expected --agent beside it');
    }
  }
  const { token, tls } = readAgentAccess(reader, flags, env);
  const ca = tls?.ca ?? (caPem === undefined ? undefined : withSystemAuthorities(caPem));
  return {
    urls,
    ...(token === undefined ? {} : { token }),
    tls: { rejectUnauthorized: !insecure, ...(ca === undefined ? {} : { ca }) },
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
