import { requestIdOf, type RecordedConfig, type RequestRow } from '@fluidscope/trace-schema';
import { duration, percent, plural } from './text-figures.js';

/** First-token deadlines of the requests that have their own. */
export interface OwnTtftDeadlines {
  readonly shortestNs: number;
  readonly longestNs: number;
}

/** Their range; `undefined` where the run has one deadline for all. */
export function ownTtftDeadlines(
  rows: Iterable<Pick<RequestRow, 'ttftDeadlineNs'>>,
): OwnTtftDeadlines | undefined {
  let [shortestNs, longestNs] = [Infinity, -Infinity];
  for (const { ttftDeadlineNs } of rows) {
    if (ttftDeadlineNs === undefined) continue;
    shortestNs = Math.min(shortestNs, ttftDeadlineNs);
    longestNs = Math.max(longestNs, ttftDeadlineNs);
  }
  return longestNs === -Infinity ? undefined : { shortestNs, longestNs };
}

/** `first token in 1 s`, or by each prompt's length. */
export function ttftDeadlineText(flatNs: number, own: OwnTtftDeadlines | undefined): string {
  return own === undefined
    ? `first token in ${duration(flatNs)}`
    : `first token by its prompt's length, in ${duration(own.shortestNs)} to ${duration(own.longestNs)}`;
}

/** What a reader must know of deadlines that a prefill profile did not give. */
export function prefillWarnings(
  rows: readonly RequestRow[],
  config: RecordedConfig | undefined,
): readonly string[] {
  const beyond = rows.filter(({ ttftDeadlineSource: source }) => source === 'nearest_end');
  const unknown = rows.filter(({ ttftDeadlineSource: source }) => source === 'no_prompt_length');
  const range = config?.prefill_profile;
  const warnings: string[] = [];
  if (beyond.length > 0)
    warnings.push(
      `${beyond.length} of ${plural(rows.length, 'request')} (${percent(beyond.length / rows.length)}) have prompts that the prefill profile does not speak for${range === undefined ? '' : ` (it does for ${range.from_tokens} to ${range.to_tokens} tokens)`}: they take the deadline of the nearest end, too strict for longer prompts and too generous for shorter ones. ${extremesText(beyond)}`,
    );
  if (unknown.length > 0)
    warnings.push(
      `${unknown.length} of ${plural(rows.length, 'request')} have prompts of unknown length: they take the one first-token deadline of the run`,
    );
  return warnings;
}

function extremesText(rows: readonly RequestRow[]): string {
  const lengths = rows
    .map((row) => ({ row, tokens: row.usagePromptTokens ?? row.promptTokens ?? 0 }))
    .sort((a, b) => a.tokens - b.tokens);
  const [shortest, longest] = [lengths[0], lengths.at(-1)];
  if (shortest === undefined || longest === undefined) return '';
  const named = ({ row, tokens }: typeof longest): string =>
    `${tokens} tokens (${requestIdOf(row.requestIndex)})`;
  return shortest.tokens === longest.tokens
    ? `All have ${named(longest)}`
    : `The shortest has ${named(shortest)}, the longest ${named(longest)}`;
}
