import { EXIT_STATUS, FluidscopeError } from '@fluidscope/errors';
import { DEFAULT_DEADLINES, type Deadlines } from '@fluidscope/metrics';
import type { RequestTerm } from '@fluidscope/slo';
import type { FirstTokenDeadlines } from '@fluidscope/prefill';
import {
  importTimings,
  TIMING_FORMATS,
  type ImportedTimings,
  type TimingFormat,
} from '@fluidscope/timing-import';
import { formatDuration, type DurationNs } from '@fluidscope/units';
import type { Command } from 'commander';
import type { CliContext } from '../cli-context.js';
import { FlagReader } from '../flag-reader.js';
import type { RegisterCommand } from '../register-command.js';
import { addPrefillDeadlineFlags, readPrefillDeadlines } from '../prefill/deadline-flags.js';
import { prefillNotes } from '../score/prefill-notes.js';
import { readLines } from '../score/read-lines.js';
import { showingProgress } from '../score/reading-progress.js';
import { scoreImported, type FileScore } from '../score/score-imported.js';
import { scoreJson } from '../score/score-json.js';
import { scoreText } from '../score/score-text.js';
import { readGoodput } from '../goodput-flag.js';

interface ScoreFlags {
  readonly format?: string;
  readonly ttftDeadline?: string;
  readonly tbtDeadline?: string;
  readonly goodput?: string;
  readonly prefillProfile?: string;
  readonly ttftSlack?: string;
  readonly json?: true;
  readonly quiet?: true;
}

interface ScoreConfig {
  readonly format: TimingFormat | undefined;
  readonly deadlines: Deadlines;
  readonly firstTokenDeadlines: FirstTokenDeadlines | undefined;
  readonly slo: readonly RequestTerm[];
}

const EXAMPLES = `
Examples:
  A run of vLLM's bench (vllm bench serve ... --save-result --save-detailed):
    fluidscope score openai-2.0qps-llama-3-8b-20260114-101500.json
  AIPerf's records, held to deadlines of your own:
    fluidscope score artifacts/profile_export.jsonl --ttft-deadline 500ms --tbt-deadline 25ms
  Etalon's request_level_metrics.json, every request and the quantiles as JSON:
    fluidscope score request_level_metrics.json --format etalon --json
  Token timings of your own from another program, and how many requests met an SLO:
    my-client | fluidscope score - --goodput "ttft:500ms tpot:40ms fluidity:0.9"

Formats (told from the file when --format is absent):
  jsonl   one request a line, times in integer ns on any one clock:
          {"request_id": "a", "send_ns": 0, "prompt_tokens": 512, "chunks": [[arrival_ns, token_count], ...]}
  etalon  request_level_metrics.json
  vllm    the result of vLLM's serving bench with --save-detailed
  aiperf  profile_export.jsonl

Exit status: 0 done; 1 interrupted; 2 wrong flags or a file of another shape; 4 the file holds no token.`;

/** `fluidscope score`: the metrics of token timings that were recorded elsewhere. */
export const registerScoreCommand: RegisterCommand = (program: Command, context: CliContext) => {
  const command = program
    .command('score')
    .description('Compute the metrics for token timings recorded elsewhere.')
    .argument('<file>', 'the file to score, or - for standard input')
    .option('--format <name>', `what the file is: ${TIMING_FORMATS.join(', ')} (default: told from the file)`)
    .option('--ttft-deadline <time>', `for the first token (default: ${defaultText('ttftDeadlineNs')})`)
    .option('--tbt-deadline <time>', `for each later token (default: ${defaultText('tbtDeadlineNs')})`);
  addPrefillDeadlineFlags(command)
    .option(
      '--goodput <terms>',
      'count requests that meet an SLO, such as "ttft:500ms tpot:40ms fluidity:0.9"',
    )
    .option('--json', 'print every request and the run as JSON')
    .option('--quiet', 'print no warnings and no progress')
    .addHelpText('after', EXAMPLES)
    .action((file: string, flags: ScoreFlags) => score(file, flags, context));
};

function defaultText(deadline: keyof Deadlines): string {
  return formatDuration(DEFAULT_DEADLINES[deadline]).replace(/\.0+ | /, '');
}

async function score(file: string, flags: ScoreFlags, context: CliContext): Promise<void> {
  const config = await readFlags(flags);
  const imported = await importFile(file, flags, { context, format: config.format });
  const scored = scoreImported(imported, config);
  if (flags.quiet !== true) {
    for (const warning of [...imported.warnings, ...prefillNotes(scored)])
      context.stderr.write(`warning: ${warning}\n`);
  }
  if (flags.json === true) context.stdout.write(`${JSON.stringify(scoreJson(scored), undefined, 2)}\n`);
  if (scored.run.outputTokens === 0) throw nothingMeasured(scored);
  if (flags.json !== true) context.stdout.write(scoreText(scored));
}

async function importFile(
  file: string,
  { quiet }: ScoreFlags,
  { context, format }: { readonly context: CliContext; readonly format: TimingFormat | undefined },
): Promise<ImportedTimings> {
  const { lines, totalBytes } = await readLines(file, context);
  const { stderr } = context;
  const isShown = quiet !== true && stderr.isTTY === true;
  const nowMs = (): number => performance.now();
  const shown = isShown ? showingProgress(lines, { totalBytes, stderr, nowMs }) : lines;
  return importTimings(shown, format === undefined ? {} : { format });
}

async function readFlags(flags: ScoreFlags): Promise<ScoreConfig> {
  const reader = new FlagReader();
  const format =
    flags.format === undefined ? undefined : reader.choice('--format', flags.format, TIMING_FORMATS);
  const deadlines = {
    ttftDeadlineNs:
      readDeadline(reader, '--ttft-deadline', flags.ttftDeadline) ?? DEFAULT_DEADLINES.ttftDeadlineNs,
    tbtDeadlineNs:
      readDeadline(reader, '--tbt-deadline', flags.tbtDeadline) ?? DEFAULT_DEADLINES.tbtDeadlineNs,
  };
  const slo = readGoodput(reader, flags.goodput);
  const prefill = await readPrefillDeadlines(reader, flags);
  reader.finish('score');
  return { format, deadlines, firstTokenDeadlines: prefill?.rule, slo };
}

function readDeadline(reader: FlagReader, flag: string, text: string | undefined): DurationNs | undefined {
  const valueNs = reader.duration(flag, text);
  return valueNs === 0
    ? reader.problem(flag, `expected a time above 0 but received "${text ?? ''}"`)
    : valueNs;
}

function nothingMeasured({ run, failedCount, unscoredCount }: FileScore): FluidscopeError {
  const found = `${run.requestsCount} requests without a token, ${failedCount} failed, ${unscoredCount} not scored`;
  return new FluidscopeError(`Expected at least one token in the file but received none (${found})`, {
    code: 'score.nothing-measured',
    hint: 'Nothing could be measured: --json gives the reason of each request.',
    exitStatus: EXIT_STATUS.nothingMeasured,
  });
}
