import { UsageError } from '@fluidscope/errors';
import {
  DEFAULT_TTFT_SLACK_TEXT,
  deadlinesOfFit,
  parsePrefillProfile,
  parseTtftSlack,
  recordedPrefill,
  type FirstTokenDeadlines,
  type TtftSlack,
} from '@fluidscope/prefill';
import type { RecordedPrefill } from '@fluidscope/trace-schema';
import { durationNs } from '@fluidscope/units';
import type { Command } from 'commander';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { collectProblems } from '../collect-problems.js';
import type { FlagReader } from '../flag-reader.js';

export interface PrefillDeadlineFlags {
  readonly prefillProfile?: string;
  readonly ttftSlack?: string;
}

/** First-token deadlines by prompt length, and what a trace keeps of where they come from. */
export interface PrefillDeadlines {
  readonly rule: FirstTokenDeadlines;
  readonly recorded: RecordedPrefill;
}

/** Stands in for one that could not be read, which is a problem of its own. */
const NO_SLACK: TtftSlack = { slackNs: durationNs(0), slackRatio: 0 };

export function addPrefillDeadlineFlags(command: Command): Command {
  return command
    .option(
      '--prefill-profile <file>',
      'first-token deadlines by prompt length, from fluidscope prefill; --ttft-deadline then serves prompts of unknown length',
    )
    .option(
      '--ttft-slack <slack>',
      `with --prefill-profile: what a first token may take beyond its prefill, such as 300ms, 50% or both (default: ${DEFAULT_TTFT_SLACK_TEXT})`,
    );
}

/** Reads the profile that is named; problems go to `reader`. `undefined` without one. */
export async function readPrefillDeadlines(
  reader: FlagReader,
  { prefillProfile: path, ttftSlack }: PrefillDeadlineFlags,
): Promise<PrefillDeadlines | undefined> {
  const slack = reader.parsed('--ttft-slack', ttftSlack ?? DEFAULT_TTFT_SLACK_TEXT, parseTtftSlack);
  if (path === undefined) {
    if (ttftSlack !== undefined) reader.problem('--ttft-slack', 'expected --prefill-profile beside it');
    return undefined;
  }
  return collectProblems(reader, '--prefill-profile', async () => {
    const text = await readFile(path, 'utf8');
    const profile = parsePrefillProfile(text, path);
    if (profile.fit === null)
      throw new UsageError([
        `Expected a profile with a curve but ${path} has none${profile.is_complete ? '' : ': it was cut short; the same fluidscope prefill goes on with it'}`,
      ]);
    const rule = deadlinesOfFit(profile.fit, slack ?? NO_SLACK);
    const sha256 = createHash('sha256').update(text).digest('hex');
    return { rule, recorded: recordedPrefill({ path, sha256, profile }, profile.fit, rule) };
  });
}
