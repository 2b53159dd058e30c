import type { Command } from 'commander';
import type { CliContext } from '../cli-context.js';
import type { FlagReader } from '../flag-reader.js';
import {
  DEFAULT_LIVE_LISTEN,
  LIVE_TOKEN_VARIABLE,
  readLiveServer,
  type LiveServerConfig,
} from './live-server.js';

/** The flags of `run` for its live page. */
export interface RunPageFlags {
  /** `true` for the flag without an address. */
  readonly live?: string | true;
  readonly liveTokenFile?: string;
  readonly liveTlsCert?: string;
  readonly liveTlsKey?: string;
  readonly liveInsecure?: true;
  readonly liveAllowHost?: readonly string[];
}

export function addRunPageFlags(command: Command): Command {
  return command
    .option(
      '--live [address:port]',
      `serve a live page of the run while it goes (default: ${DEFAULT_LIVE_LISTEN})`,
    )
    .option(
      '--live-token-file <file>',
      `a file with the token that the page asks for (or env ${LIVE_TOKEN_VARIABLE})`,
    )
    .option('--live-tls-cert <file>', 'certificate chain of the page, PEM')
    .option('--live-tls-key <file>', 'its private key, PEM')
    .option('--live-insecure', 'serve the page to other machines without token or TLS')
    .option(
      '--live-allow-host <name...>',
      'names under which the page may be opened, beside this machine’s own',
    );
}

const BESIDE_LIVE = [
  ['--live-token-file', 'liveTokenFile'],
  ['--live-tls-cert', 'liveTlsCert'],
  ['--live-tls-key', 'liveTlsKey'],
  ['--live-insecure', 'liveInsecure'],
  ['--live-allow-host', 'liveAllowHost'],
] as const;

/** `undefined` where no page is asked for. */
export function readRunPage(
  reader: FlagReader,
  flags: RunPageFlags,
  env: CliContext['env'],
): LiveServerConfig | undefined {
  const { live } = flags;
  if (live === undefined) {
    for (const [flag, key] of BESIDE_LIVE) {
      if (flags[key] !== undefined) reader.problem(flag, 'expected --live beside it');
    }
    return undefined;
  }
  const { liveTokenFile: tokenFile, liveTlsCert: tlsCert, liveTlsKey: tlsKey } = flags;
  return readLiveServer(
    reader,
    {
      listen: live === true ? DEFAULT_LIVE_LISTEN : live,
      ...(tokenFile === undefined ? {} : { tokenFile }),
      ...(tlsCert === undefined ? {} : { tlsCert }),
      ...(tlsKey === undefined ? {} : { tlsKey }),
      insecure: flags.liveInsecure,
      allowHost: flags.liveAllowHost,
    },
    { env, listenFlag: '--live', flagPrefix: '--live-' },
  );
}
