import { messageOf } from '@fluidscope/errors';
import type { FlagReader } from '@fluidscope/flag-reader';
import { readFileSync } from 'node:fs';
import type { TlsFiles } from './open-server.js';

/** The flags by which a program says who may read what it serves. */
export interface ServerGuardFlags {
  readonly tokenFile?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
}

export interface ServerGuards {
  readonly token: string | undefined;
  readonly tls: TlsFiles | undefined;
}

/** Shorter ones can be guessed within the rate that is answered. */
const MIN_TOKEN_CHARS = 16;

/** Where the guards come from, and how they are named in what is said of them. */
export interface GuardSource {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly tokenVariable: string;
  /** What the flags begin with; `--` when absent: `--live-` makes `--live-token-file`. */
  readonly flagPrefix?: string;
}

/**
 * Problems go to `reader`. The token comes from its file, else from the environment's `tokenVariable`, and never from a flag's own text: what
 * stands on a command line, every user of the machine can read.
 */
export function readServerGuards(
  reader: FlagReader,
  flags: ServerGuardFlags,
  source: GuardSource,
): ServerGuards {
  return { token: readToken(reader, flags, source), tls: readTls(reader, flags, source) };
}

function readToken(
  reader: FlagReader,
  { tokenFile }: ServerGuardFlags,
  { env, tokenVariable, flagPrefix = '--' }: GuardSource,
): string | undefined {
  const flag = `${flagPrefix}token-file`;
  const given = tokenFile === undefined ? env[tokenVariable] : readText(reader, flag, tokenFile);
  if (given === undefined || (tokenFile === undefined && given === '')) return undefined;
  const token = given.trim();
  if (token.length >= MIN_TOKEN_CHARS && /^[\x21-\x7e]+$/.test(token)) return token;
  return reader.problem(
    tokenFile === undefined ? tokenVariable : flag,
    `expected a token of at least ${MIN_TOKEN_CHARS} visible ASCII characters but received ${token.length} characters`,
  );
}

function readTls(
  reader: FlagReader,
  { tlsCert, tlsKey }: ServerGuardFlags,
  { flagPrefix = '--' }: GuardSource,
): TlsFiles | undefined {
  const [certFlag, keyFlag] = [`${flagPrefix}tls-cert`, `${flagPrefix}tls-key`];
  if (tlsCert === undefined && tlsKey === undefined) return undefined;
  if (tlsCert === undefined || tlsKey === undefined) {
    return reader.problem(
      tlsCert === undefined ? certFlag : keyFlag,
      `expected both ${certFlag} and ${keyFlag} but received one of them`,
    );
  }
  const certPem = readText(reader, certFlag, tlsCert);
  const keyPem = readText(reader, keyFlag, tlsKey);
  return certPem === undefined || keyPem === undefined ? undefined : { certPem, keyPem };
}

function readText(reader: FlagReader, flag: string, file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (thrown) {
    return reader.problem(flag, `expected a readable file but received ${messageOf(thrown)}`);
  }
}
