import {
  launchEngine,
  type EngineStop,
  type EngineWait,
  type RunningEngine,
} from '@fluidscope/engine-launcher';
import type { FluidscopeError } from '@fluidscope/errors';
import { durationNs, formatDuration } from '@fluidscope/units';
import type { CliContext } from '../cli-context.js';
import type { LaunchPlan } from './launch-flags.js';
import { recordedEngine, type RecordedEngine } from './recorded-engine.js';

export interface EngineUse {
  /** Where the engine's output goes; replaced if it exists. */
  readonly logPath: string;
  readonly context: CliContext;
  readonly quiet: boolean;
  /** Taken out of messages. */
  readonly secrets?: readonly string[];
}

/** An engine that serves, for a command that loads it. */
export interface ServedEngine {
  readonly url: string;
  readonly recorded: RecordedEngine;
  /** The command's, interrupted too when the engine ends: what is recorded by then is kept. */
  readonly context: CliContext;
  /** Why it ended; `undefined` while it serves. */
  readonly failure: () => FluidscopeError | undefined;
}

const HOST = '127.0.0.1';
const MS_PER_S = 1_000;

/**
 * Starts the engine, lets `use` work with it, and stops it whatever happens. `failure` is why it ended while it was in use: then what `use` threw is
 * thrown no more, since it came of that.
 */
export async function withEngine<T>(
  plan: LaunchPlan,
  { logPath, context, quiet, secrets = [] }: EngineUse,
  use: (engine: ServedEngine) => Promise<T>,
): Promise<{ readonly value: T; readonly failure: FluidscopeError | undefined }> {
  const say = (text: string): void => {
    if (!quiet) context.stderr.write(`${text}\n`);
  };
  const engine = await launchEngine({
    ...plan,
    host: HOST,
    logPath,
    secrets,
    signal: context.interrupted,
    onWaiting: (wait) => say(waitText(plan, wait)),
  });
  const { url } = engine.facts;
  say(readyText(engine));
  const interrupted = AbortSignal.any([context.interrupted, engine.died]);
  const recorded = recordedEngine(engine.facts, plan, engine.pid);
  try {
    const value = await use({
      url,
      recorded,
      context: { ...context, interrupted },
      failure: () => engine.failure,
    });
    return { value, failure: await endEngine(engine, context) };
  } catch (thrown) {
    throw (await endEngine(engine, context)) ?? thrown;
  }
}

/** Why it had ended before. */
async function endEngine(
  engine: RunningEngine,
  { stderr }: CliContext,
): Promise<FluidscopeError | undefined> {
  const stop = await engine.stop();
  for (const warning of stopWarnings(engine, stop)) stderr.write(`warning: ${warning}\n`);
  return engine.failure;
}

function readyText({ facts, pid }: RunningEngine): string {
  const seconds = (facts.readyAfterMs / MS_PER_S).toFixed(1);
  return `note: ${facts.name} (pid ${pid}) serves at ${facts.url} after ${seconds} s; its log is ${facts.logPath}`;
}

function stopWarnings({ facts }: RunningEngine, { killed, remainingPids, portFree }: EngineStop): string[] {
  const warnings: string[] = [];
  if (remainingPids.length > 0)
    warnings.push(
      `${facts.name} could not be ended: the kernel still holds process ${remainingPids.join(', ')}`,
    );
  else if (killed)
    warnings.push(`${facts.name} did not end on SIGTERM and was killed (--launch-grace gives it longer)`);
  if (!portFree && remainingPids.length === 0)
    warnings.push(`port ${facts.port} is taken by somebody else than ${facts.name} now`);
  return warnings;
}

function waitText({ template }: LaunchPlan, { elapsedMs, met, lastLogLine }: EngineWait): string {
  const elapsed = formatDuration(durationNs(Math.round(elapsedMs / MS_PER_S) * 1e9));
  return `waiting for ${template.name} (${elapsed}; ${met})${lastLogLine === undefined ? '' : `: ${lastLogLine}`}`;
}
