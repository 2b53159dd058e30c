import type { LiveOptions } from '@fluidscope/dashboard';
import { parseListenAddress, readServerGuards, type ServerGuardFlags } from '@fluidscope/guarded-server';
import type { CliContext } from '../cli-context.js';
import type { FlagReader } from '../flag-reader.js';

/** Beside the agent's own. */
export const DEFAULT_LIVE_LISTEN = '127.0.0.1:7421';
export const LIVE_TOKEN_VARIABLE = 'FLUIDSCOPE_LIVE_TOKEN';

/** Where the live page is served, and who may read it. */
export type LiveServerConfig = Pick<
  LiveOptions,
  'listen' | 'token' | 'tls' | 'isInsecureAllowed' | 'allowedHosts'
>;

export interface LiveServerFlags extends ServerGuardFlags {
  readonly listen: string;
  readonly insecure?: true | undefined;
  readonly allowHost?: readonly string[] | undefined;
}

/** Problems go to `reader`, by the flags' names: `--listen` and `--token-file`, or `--live` and `--live-token-file`. */
export function readLiveServer(
  reader: FlagReader,
  { listen, insecure, allowHost, ...guards }: LiveServerFlags,
  {
    env,
    listenFlag,
    flagPrefix,
  }: { readonly env: CliContext['env']; readonly listenFlag: string; readonly flagPrefix: string },
): LiveServerConfig {
  const address = reader.parsed(listenFlag, listen, parseListenAddress);
  const { token, tls } = readServerGuards(reader, guards, {
    env,
    tokenVariable: LIVE_TOKEN_VARIABLE,
    flagPrefix,
  });
  return {
    listen: address ?? { host: '127.0.0.1', port: 0 },
    token,
    tls,
    isInsecureAllowed: insecure === true,
    allowedHosts: allowHost ?? [],
  };
}
