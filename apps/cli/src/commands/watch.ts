import { EXIT_STATUS, FluidscopeError } from '@fluidscope/errors';
import {
  connectAgent,
  type AgentAccess,
  type AgentLink,
  type TelemetrySelection,
} from '@fluidscope/telemetry-link';
import { runNs, type RunClock } from '@fluidscope/units';
import type { Command } from 'commander';
import { setTimeout as pause } from 'node:timers/promises';
import {
  addAgentAccessFlags,
  linkUrlOf,
  readAgentAccess,
  TOKEN_ON_COMMAND_LINE,
  type AgentAccessFlags,
} from '../agent-access.js';
import type { CliContext } from '../cli-context.js';
import { FlagReader } from '../flag-reader.js';
import type { RegisterCommand } from '../register-command.js';
import { RedrawnText } from '../watch/redrawn-text.js';
import { descriptionLine, eventLine, lossLine, sampleLines, stateLine } from '../watch/watch-json.js';
import { WatchState } from '../watch/watch-state.js';
import { WATCHED_METRIC_IDS, watchText } from '../watch/watch-text.js';

interface WatchFlags extends AgentAccessFlags {
  readonly agent: string;
  readonly hz?: string;
  readonly once?: true;
  readonly json?: true;
  readonly quiet?: true;
}

interface WatchOptions {
  readonly url: string;
  readonly access: AgentAccess;
  /** Redraws a second; for NDJSON samples a second of each metric, `undefined` for every one. */
  readonly hz: number | undefined;
}

const TABLE_HZ = 2;
const TABLE_SAMPLES_HZ = 20;
const MAX_HZ = 60;
/** Long enough for a value of every tier but the slowest to come, after the first one came. */
const ONCE_MS = 1_500;
const FIRST_SAMPLE_MS = 10_000;
const LOOK_MS = 50;

const EXAMPLES = `
Examples:
  A live table of the GPUs of this machine:
    $ fluidscope watch --agent ws://127.0.0.1:7420

  One look, for a script or a terminal that keeps a log:
    $ fluidscope watch --agent ws://127.0.0.1:7420 --once

  Every sample of another host as NDJSON, its token from a file:
    $ fluidscope watch --agent wss://gpu7:7420 --agent-token-file token --agent-ca ca.pem --json | jq 'select(.metric=="sm_clock_mhz")'

A lost connection is tried again; what was missed is told. --json prints one object a line: description, sample, event, loss, link.
http:// and https:// addresses are taken too.
Exit status: 0 after Ctrl-C or --once; 1 when the agent cannot be reached or refuses; 2 for flags that are wrong; 4 when --once got
no sample.`;

/** `fluidscope watch`: an agent's newest values, until interrupted. */
export const registerWatchCommand: RegisterCommand = (program, context) => {
  withFlags(program.command('watch'))
    .description('Show an agent’s GPUs and host live, as a table or as NDJSON.')
    .addHelpText('after', EXAMPLES)
    .action((flags: WatchFlags) => runWatch(flags, context));
};

function withFlags(command: Command): Command {
  return addAgentAccessFlags(
    command.requiredOption('--agent <url>', 'where the agent serves, such as ws://127.0.0.1:7420'),
  )
    .option(
      '--hz <n>',
      `redraws a second (default: ${TABLE_HZ}); with --json samples a second of each metric (default: all)`,
    )
    .option('--once', 'look once and end')
    .option('--json', 'print every sample as a line of JSON')
    .option('--quiet', 'print no warnings');
}

async function runWatch(flags: WatchFlags, context: CliContext): Promise<void> {
  const options = readFlags(flags, context);
  if (flags.agentToken !== undefined && flags.quiet !== true)
    context.stderr.write(`note: ${TOKEN_ON_COMMAND_LINE}\n`);
  const state = new WatchState();
  const startNs = process.hrtime.bigint();
  const runClock: RunClock = { nowNs: () => runNs(Number(process.hrtime.bigint() - startNs)) };
  const link = connect(options, { state, flags, context, runClock });
  try {
    const { description } = await link.ready;
    state.description ??= description;
    if (flags.json === true) context.stdout.write(descriptionLine(description));
    if (flags.once === true) await untilSampled(state, context);
    if (flags.json === true) await (flags.once === true ? undefined : untilInterrupted(context));
    else await showTable({ state, options, context, runClock, isOnce: flags.once === true });
  } finally {
    await link.close();
  }
  if (flags.once === true && state.samplesCount === 0) throw nothingCame(options.url);
}

interface Parts {
  readonly state: WatchState;
  readonly flags: WatchFlags;
  readonly context: CliContext;
  readonly runClock: RunClock;
}

function connect({ url, access, hz }: WatchOptions, { state, flags, context, runClock }: Parts): AgentLink {
  const print = (text: string): void => {
    if (flags.json === true) context.stdout.write(text);
  };
  return connectAgent(url, {
    ...access,
    selection: selectionOf(hz, flags),
    runClock,
    onRecords: (columns) => {
      state.addSamples(columns);
      if (flags.json === true) print(sampleLines(columns, state.description));
    },
    onEvent: (event) => {
      state.addEvent(event);
      print(eventLine(event));
    },
    onLoss: (loss) => {
      state.addLoss(loss);
      print(lossLine(loss));
    },
    onProbe: (probe) => state.addProbe(probe),
    onDescription: (description) => {
      state.description = description;
      print(descriptionLine(description));
    },
    onState: (now) => {
      state.link = now;
      print(stateLine(now));
      if (now.kind === 'disconnected' && flags.quiet !== true) warnOf(now, context);
    },
  });
}

/** The table asks for what it shows, often enough that ages are right to 50 ms whatever the rate of redrawing. */
function selectionOf(hz: number | undefined, { json }: WatchFlags): TelemetrySelection {
  if (json === true) return hz === undefined ? {} : { maxHz: hz };
  return { metricIds: WATCHED_METRIC_IDS, maxHz: Math.max(TABLE_SAMPLES_HZ, hz ?? 0) };
}

/** The table shows it itself; where it does not redraw, stderr says it once. */
function warnOf(
  state: { readonly kind: string; readonly reason: string },
  { stdout, stderr }: CliContext,
): void {
  if (stdout.isTTY !== true) stderr.write(`warning: ${state.kind}: ${state.reason}\n`);
}

interface Showing {
  readonly state: WatchState;
  readonly options: WatchOptions;
  readonly context: CliContext;
  readonly runClock: RunClock;
  readonly isOnce: boolean;
}

async function showTable({ state, options, context, runClock, isOnce }: Showing): Promise<void> {
  using text = new RedrawnText(context.stdout);
  const periodMs = 1_000 / (options.hz ?? TABLE_HZ);
  for (;;) {
    text.draw(watchText(state, state.agentNowNs(runClock.nowNs()), text.widthCount));
    if (isOnce || state.link?.kind === 'ended' || context.interrupted.aborted) return;
    await pause(periodMs, undefined, { signal: context.interrupted }).catch(() => {});
  }
}

/** For `--once`: until values came, or none did for long. */
async function untilSampled(state: WatchState, { interrupted }: CliContext): Promise<void> {
  const wait = (ms: number) => pause(ms, undefined, { signal: interrupted }).catch(() => {});
  for (let waitedMs = 0; waitedMs < FIRST_SAMPLE_MS; waitedMs += LOOK_MS) {
    if (state.samplesCount > 0 || state.link?.kind === 'ended' || interrupted.aborted) break;
    await wait(LOOK_MS);
  }
  if (state.samplesCount > 0) await wait(ONCE_MS);
}

async function untilInterrupted({ interrupted }: CliContext): Promise<void> {
  if (interrupted.aborted) return;
  await new Promise<void>((resolve) => {
    interrupted.addEventListener('abort', () => resolve(), { once: true });
  });
}

function readFlags(flags: WatchFlags, { env }: CliContext): WatchOptions {
  const reader = new FlagReader();
  const asked = reader.positiveNumber('--hz', flags.hz);
  if (asked !== undefined && asked > MAX_HZ && flags.json !== true) {
    reader.problem('--hz', `expected up to ${MAX_HZ} but received "${flags.hz ?? ''}"`);
  }
  const access = readAgentAccess(reader, flags, env);
  reader.finish('watch');
  return { url: linkUrlOf(flags.agent), access, hz: asked ?? (flags.json === true ? undefined : TABLE_HZ) };
}

function nothingCame(url: string): FluidscopeError {
  return new FluidscopeError(`Expected samples from ${url} but received none in ${FIRST_SAMPLE_MS} ms`, {
    code: 'watch.no-samples',
    hint: 'Look at /v1/describe of the agent: it says what it reads and what is absent.',
    exitStatus: EXIT_STATUS.nothingMeasured,
  });
}
