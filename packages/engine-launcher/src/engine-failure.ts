import { FluidscopeError } from '@fluidscope/errors';
import { lastLogLines } from './engine-log.js';
import type { EngineEnd } from './keeper-messages.js';
import { countOomKills, memoryHint } from './out-of-memory.js';
import { redactText } from './redact-secrets.js';

const SHOWN_LINES = 20;
/** What a shell and many launchers exit with after SIGKILL ended their child. */
const STATUS_OF_SIGKILL = 137;

/** What the failure of one engine is told with. */
export interface FailureContext {
  readonly name: string;
  readonly logPath: string;
  readonly secrets: readonly string[];
  /** `countOomKills` before the start. */
  readonly oomKillsBefore: number | undefined;
}

export interface EngineTrouble {
  /** `engine.exited`, `engine.not-healthy`, … */
  readonly code: string;
  /** Behind "but": what came instead. */
  readonly what: string;
  readonly end?: EngineEnd | undefined;
  readonly hint?: string;
}

/** An engine's failure as an error whose message ends with its log's last lines, without control characters and known secrets. */
export async function engineFailure(
  { name, logPath, secrets, oomKillsBefore }: FailureContext,
  { code, what, end, hint }: EngineTrouble,
): Promise<FluidscopeError> {
  const lines = (await lastLogLines(logPath, SHOWN_LINES)).map((line) => redactText(line, secrets));
  const said =
    lines.length === 0
      ? `It wrote nothing into its log (${logPath}).`
      : `The end of its log (${logPath}):\n${lines.map((line) => `  | ${line}`).join('\n')}`;
  const memory = memoryHint({
    sigkilled: isSigkill(end),
    oomKillsCount: difference(await countOomKills(), oomKillsBefore),
    logLines: lines,
  });
  const hints = [memory, hint].filter((text) => text !== undefined).join(' ');
  return new FluidscopeError(`Expected the engine (${name}) to serve but ${what}. ${said}`, {
    code,
    ...(hints === '' ? {} : { hint: hints }),
  });
}

/** `it exited with status 1`, `SIGSEGV ended it`. */
export function endText(end: EngineEnd | undefined): string {
  if (end === undefined) return 'the process that watches it was ended, and so it was ended too';
  return end.kind === 'exited' ? `it exited with status ${end.status}` : `${end.signal} ended it`;
}

function isSigkill(end: EngineEnd | undefined): boolean {
  return end?.kind === 'exited' ? end.status === STATUS_OF_SIGKILL : end?.signal === 'SIGKILL';
}

function difference(after: number | undefined, before: number | undefined): number | undefined {
  return after === undefined || before === undefined ? undefined : after - before;
}
