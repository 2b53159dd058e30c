import { UsageError } from '@fluidscope/errors';
import type { LiveFlags } from '../commands/live.js';

/** `live`'s own flags that have another name in `run`, or the same. */
const WITH_VALUE = [
  ['listen', '--live'],
  ['tokenFile', '--live-token-file'],
  ['tlsCert', '--live-tls-cert'],
  ['tlsKey', '--live-tls-key'],
  ['agentToken', '--agent-token'],
  ['agentTokenFile', '--agent-token-file'],
  ['agentCa', '--agent-ca'],
] as const;

const SWITCHES = [
  ['insecure', '--live-insecure'],
  ['json', '--json'],
  ['quiet', '--quiet'],
] as const;

/**
 * The command line of `run` that `live --run -- FLAGS` stands for; `undefined` without `--run`.
 *
 * @throws UsageError for one of the two without the other
 */
export function runArgumentsOf(flags: LiveFlags, runFlags: readonly string[]): readonly string[] | undefined {
  if (flags.run !== true) {
    if (runFlags.length === 0) return undefined;
    throw new UsageError([`Expected --run before -- but received only ${runFlags.join(' ')}`], {
      hint: 'See fluidscope live --help.',
    });
  }
  if (runFlags.length === 0) {
    throw new UsageError(['Expected the flags of a run after -- for --run but received none'], {
      hint: 'Such as: fluidscope live --run -- -u http://localhost:8000 -m llama-3-8b --concurrency 8',
    });
  }
  return [
    'run',
    ...runFlags,
    ...WITH_VALUE.flatMap(([key, flag]) => {
      const value = flags[key];
      return value === undefined ? [] : [flag, value];
    }),
    ...SWITCHES.flatMap(([key, flag]) => (flags[key] === true ? [flag] : [])),
    ...(flags.agent ?? []).flatMap((url) => ['--agent', url]),
    ...(flags.allowHost ?? []).flatMap((name) => ['--live-allow-host', name]),
  ];
}
