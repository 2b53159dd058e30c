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

/**
 * Problems go to `reader`. The token comes from its file, else from the environment's `tokenVariable`, and never from a flag's own text: what
 * stands on a command line, every user of the machine can read.
 */
export function readServerGuards(
  reader: FlagReader,
  flags: ServerGuardFlags,
  {
    env,
    tokenVariable,
  }: { readonly env: Readonly<Record<string, string | undefined>>; readonly tokenVariable: string },
): ServerGuards {
  return { token: readToken(reader, flags, { env, tokenVariable }), tls: readTls(reader, flags) };
}

function readToken(
  reader: FlagReader,
  { tokenFile }: ServerGuardFlags,
  {
    env,
    tokenVariable,
  }: { readonly env: Readonly<Record<string, string | undefined>>; readonly tokenVariable: string },
): string | undefined {
  const given = tokenFile === undefined ? env[tokenVariable] : readText(reader, '--token-file', tokenFile);
  if (given === undefined || (tokenFile === undefined && given === '')) return undefined;
  const token = given.trim();
  const place = tokenFile === undefined ? tokenVariable : '--token-file';
  if (token.length >= MIN_TOKEN_CHARS && /^[\x21-\x7e]+$/.test(token)) return token;
  return reader.problem(
    place,
    `expected a token of at least ${MIN_TOKEN_CHARS} visible ASCII characters but received ${token.length} characters`,
  );
}

function readTls(reader: FlagReader, { tlsCert, tlsKey }: ServerGuardFlags): TlsFiles | undefined {
  if (tlsCert === undefined && tlsKey === undefined) return undefined;
  if (tlsCert === undefined || tlsKey === undefined) {
    return reader.problem(
      tlsCert === undefined ? '--tls-cert' : '--tls-key',
      'expected both --tls-cert and --tls-key but received one of them',
    );
  }
  const certPem = readText(reader, '--tls-cert', tlsCert);
  const keyPem = readText(reader, '--tls-key', tlsKey);
  return certPem === undefined || keyPem === undefined ? undefined : { certPem, keyPem };
}

function readText(reader: FlagReader, flag: string, file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (thrown) {
    return reader.problem(flag, `expected a readable file but received ${messageOf(thrown)}`);
  }
}
