import { messageOf } from '@fluidscope/errors';
import type { AgentAccess } from '@fluidscope/telemetry-link';
import type { Command } from 'commander';
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { rootCertificates } from 'node:tls';
import type { CliContext } from './cli-context.js';
import type { FlagReader } from './flag-reader.js';

/** How agents are reached: the same flags wherever an address of one is taken. */
export interface AgentAccessFlags {
  readonly agentToken?: string;
  readonly agentTokenFile?: string;
  readonly agentCa?: string;
}

export const AGENT_TOKEN_VARIABLE = 'FLUIDSCOPE_AGENT_TOKEN';

/** Said wherever a token came by `--agent-token`. */
export const TOKEN_ON_COMMAND_LINE =
  'every user of this machine can read the token of --agent-token in the list of processes: give --agent-token-file';

export function addAgentAccessFlags(command: Command): Command {
  return command
    .option('--agent-token-file <file>', `file with the token of agents (or env ${AGENT_TOKEN_VARIABLE})`)
    .option('--agent-token <token>', 'the token itself: every user of this machine can read it; never stored')
    .option(
      '--agent-ca <file>',
      'certificate that agents of wss:// use, or of the authority that signed it, PEM',
    );
}

/** Problems go to `reader`. The token comes from its file, else its flag, else the environment. */
export function readAgentAccess(
  reader: FlagReader,
  flags: AgentAccessFlags,
  env: CliContext['env'],
): AgentAccess {
  const token = readToken(reader, flags, env);
  const ca = flags.agentCa === undefined ? undefined : readAuthorities(reader, flags.agentCa);
  return {
    ...(token === undefined ? {} : { token }),
    ...(ca === undefined ? {} : { tls: { ca } }),
  };
}

/** An agent prints its address as a browser would write it; the link's is `ws://` or `wss://`. */
export function linkUrlOf(address: string): string {
  return address.replace(/^http(s?):\/\//i, 'ws$1://');
}

/** Beside the system's own authorities, not instead of them. */
export function withSystemAuthorities(pem: string): string {
  return [...rootCertificates, pem].join('\n');
}

function readToken(
  reader: FlagReader,
  { agentToken, agentTokenFile }: AgentAccessFlags,
  env: CliContext['env'],
): string | undefined {
  if (agentToken !== undefined && agentTokenFile !== undefined) {
    return reader.problem('--agent-token', 'expected it or --agent-token-file but received both');
  }
  if (agentTokenFile === undefined) return agentToken ?? (env[AGENT_TOKEN_VARIABLE] || undefined);
  const token = readText('--agent-token-file', agentTokenFile, reader)?.trim();
  if (token !== '') return token;
  return reader.problem(
    '--agent-token-file',
    `expected a token but received an empty file, ${agentTokenFile}`,
  );
}

function readAuthorities(reader: FlagReader, file: string): string | undefined {
  const pem = readText('--agent-ca', file, reader);
  if (pem === undefined) return undefined;
  try {
    // A key, or a certificate as DER text, would otherwise only show as "self-signed" once an agent answers.
    new X509Certificate(pem);
  } catch {
    return reader.problem(
      '--agent-ca',
      `expected a certificate in PEM but received ${file}, which holds none`,
    );
  }
  return withSystemAuthorities(pem);
}

function readText(flag: string, file: string, reader: FlagReader): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (thrown) {
    return reader.problem(flag, `expected a readable file but received ${messageOf(thrown)}`);
  }
}
