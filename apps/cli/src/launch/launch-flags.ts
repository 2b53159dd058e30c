import {
  ENGINE_TEMPLATES,
  placeholdersOf,
  readEngineTemplate,
  type EngineTemplate,
} from '@fluidscope/engine-launcher';
import type { Command } from 'commander';
import { fileURLToPath } from 'node:url';
import type { CliContext } from '../cli-context.js';
import type { FlagReader } from '../flag-reader.js';

/** The flags that start an engine, as commander gives them. */
export interface LaunchFlags {
  readonly launch?: string;
  readonly launchArgs?: string;
  readonly launchModel?: string;
  readonly launchPort?: string;
  readonly launchEnv?: readonly string[];
  readonly launchHealth?: string;
  readonly launchTimeout?: string;
  readonly launchGrace?: string;
  readonly launchShell?: true;
}

/** An engine to start for a command, read and checked. */
export interface LaunchPlan {
  readonly template: EngineTemplate;
  readonly values: Readonly<Record<string, string | undefined>>;
  readonly port: number | undefined;
  readonly env: Readonly<Record<string, string>>;
  /** Names of the variables that `--launch-env` gave. */
  readonly envNames: readonly string[];
  readonly startLimitMs: number;
  readonly graceMs: number;
}

/** The simulated engine of this very program. */
const SIM: EngineTemplate = {
  name: 'sim',
  command: {
    kind: 'words',
    words: ['{node}', '{fluidscope}', 'sim', '--model', '{name}', '--host', '{host}', '--port', '{port}'],
  },
  healthPaths: ['/health'],
};

const TEMPLATES: readonly EngineTemplate[] = [...ENGINE_TEMPLATES, SIM];
const PROGRAM = fileURLToPath(new URL('../../bin/fluidscope.js', import.meta.url));
const DEFAULT_TIMEOUT = '10m';
const DEFAULT_GRACE = '10s';
const MAX_PORT = 65_535;
const NS_PER_MS = 1e6;

const collect = (value: string, previous: readonly string[] = []): readonly string[] => [...previous, value];

export function addLaunchFlags(command: Command): Command {
  return command
    .optionsGroup('Engine started for you:')
    .option(
      '--launch <engine>',
      `start an engine, wait until it is healthy, stop it at the end: ${TEMPLATES.map(({ name }) => name).join(', ')}, or a command with {port}, and if it likes {host}, {model}, {name}`,
    )
    .option('--launch-args <words>', 'further words behind the command, such as "--max-num-seqs 64"')
    .option(
      '--launch-model <path>',
      '{model}: what the engine loads (default: --model; {name} is always --model)',
    )
    .option('--launch-port <port>', 'port for it (default: any free one)')
    .option('--launch-env <NAME=value>', 'variable for it beside those of this command; repeatable', collect)
    .option(
      '--launch-health <path>',
      'path that answers 2xx once it is ready (default: the engine’s, else /health, /v1/models)',
    )
    .option('--launch-timeout <time>', `limit of its start (default: ${DEFAULT_TIMEOUT})`)
    .option('--launch-grace <time>', `from SIGTERM to SIGKILL when it is stopped (default: ${DEFAULT_GRACE})`)
    .option('--launch-shell', 'have sh -c run the command of --launch');
}

/** `undefined` without `--launch`. Problems go to `reader`. */
export function readLaunch(
  reader: FlagReader,
  flags: LaunchFlags & { readonly url?: string; readonly model?: string },
  env: CliContext['env'],
): LaunchPlan | undefined {
  if (flags.launch === undefined) {
    refuseWithoutLaunch(reader, flags);
    return undefined;
  }
  if (flags.url !== undefined)
    reader.problem('--launch', 'expected no --url with it: the engine that is started is the endpoint');
  const template = readTemplate(reader, flags, flags.launch);
  const values = {
    model: flags.launchModel ?? flags.model,
    name: flags.model,
    node: process.execPath,
    fluidscope: PROGRAM,
  };
  const port = reader.wholeNumber('--launch-port', flags.launchPort, 1);
  if (port !== undefined && port > MAX_PORT)
    reader.problem('--launch-port', `expected at most ${MAX_PORT} but received ${port}`);
  if (template !== undefined) checkPlaceholders(reader, template, { values, port });
  const given = readVariables(reader, flags.launchEnv ?? []);
  return {
    template: template ?? SIM,
    values,
    port,
    env: { ...definedOf(env), ...given },
    envNames: Object.keys(given),
    startLimitMs: milliseconds(reader, '--launch-timeout', flags.launchTimeout ?? DEFAULT_TIMEOUT),
    graceMs: milliseconds(reader, '--launch-grace', flags.launchGrace ?? DEFAULT_GRACE),
  };
}

function refuseWithoutLaunch(reader: FlagReader, flags: LaunchFlags): void {
  for (const [flag, value] of [
    ['--launch-args', flags.launchArgs],
    ['--launch-model', flags.launchModel],
    ['--launch-port', flags.launchPort],
    ['--launch-env', flags.launchEnv],
    ['--launch-health', flags.launchHealth],
    ['--launch-timeout', flags.launchTimeout],
    ['--launch-grace', flags.launchGrace],
    ['--launch-shell', flags.launchShell],
  ] as const) {
    if (value !== undefined) reader.problem(flag, 'expected --launch beside it');
  }
}

function readTemplate(reader: FlagReader, flags: LaunchFlags, text: string): EngineTemplate | undefined {
  if (flags.launchHealth?.startsWith('/') === false)
    reader.problem('--launch-health', `expected a path such as /health but received "${flags.launchHealth}"`);
  const read = readEngineTemplate(text, {
    argsText: flags.launchArgs,
    shell: flags.launchShell,
    healthPath: flags.launchHealth,
    known: TEMPLATES,
  });
  if (!('problem' in read)) return read;
  return reader.problem('--launch', read.problem);
}

function checkPlaceholders(
  reader: FlagReader,
  template: EngineTemplate,
  { values, port }: Pick<LaunchPlan, 'values' | 'port'>,
): void {
  const known = new Set([...Object.keys(values), 'host', 'port']);
  const used = placeholdersOf(template);
  for (const name of used) {
    if (!known.has(name))
      reader.problem(
        '--launch',
        `expected one of ${[...known].map((each) => `{${each}}`).join(', ')} but received {${name}}`,
      );
    else if (name in values && values[name] === undefined)
      reader.problem('--launch', `expected --model beside it, for {${name}}`);
  }
  if (!used.includes('port') && port === undefined)
    reader.problem('--launch', 'expected {port} in the command, or --launch-port to say where it listens');
}

function readVariables(reader: FlagReader, texts: readonly string[]): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const text of texts) {
    const [, name, value] = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/s.exec(text) ?? [];
    if (name === undefined || value === undefined)
      reader.problem('--launch-env', `expected NAME=value but received "${text}"`);
    else variables[name] = value;
  }
  return variables;
}

function definedOf(env: CliContext['env']): Record<string, string> {
  const defined: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) if (value !== undefined) defined[name] = value;
  return defined;
}

function milliseconds(reader: FlagReader, flag: string, text: string): number {
  return (reader.duration(flag, text) ?? 0) / NS_PER_MS;
}
