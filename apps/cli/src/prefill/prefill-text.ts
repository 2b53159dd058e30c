import type { PrefillProfile, PrefillProfileFit } from '@fluidscope/prefill';
import { believedRange, DEFAULT_REACH_RATIO } from '@fluidscope/prefill';
import { renderTable } from '@fluidscope/report';
import { durationNs, formatDuration } from '@fluidscope/units';

/** A profile for a terminal: lengths with their residuals, the curve with its intervals, and what speaks against it. */
export function prefillText(profile: PrefillProfile, noFitBecause: string | undefined): string {
  const { fit, repeat_fit: repeatFit, settings } = profile;
  return [
    `Prefill of ${settings.model ?? 'the model'} at ${settings.url}: ${profile.points.length} isolated requests, prefix cache ${settings.prefix_cache === 'measure' ? 'measured' : 'defeated'}\n`,
    fit === null ? `No curve: ${noFitBecause ?? 'nothing was measured'}\n` : fitText(fit),
    repeatFit === null ? '' : `\nThe same prompts again, as the prefix cache has them\n${fitText(repeatFit)}`,
    ...notesOf(profile).map((note) => `  ${note}\n`),
  ].join('');
}

function fitText(fit: PrefillProfileFit): string {
  const rows = fit.by_length.map((each) => [
    `  ${each.prompt_tokens}`,
    String(each.count),
    text(each.median_ns),
    text(each.spread_ns),
    text(each.predicted_ns),
    percent(each.residual_ratio),
  ]);
  const table = renderTable(['  prompt tokens', 'requests', 'TTFT p50', 'spread', 'curve', 'residual'], rows);
  return `${table}\n${[...curveLines(fit), ...doubtLines(fit)].map((line) => `  ${line}\n`).join('')}`;
}

function curveLines({
  curve,
  intervals_95: intervals,
  spread,
  held_at_zero: held,
  method,
  ...fit
}: PrefillProfileFit): string[] {
  const range = believedRange({ shortestTokens: fit.shortest_tokens, longestTokens: fit.longest_tokens });
  const rows = [
    ['intercept', curve.intercept_ns, intervals?.intercept_ns, held.includes('intercept_ns')],
    ['a token', curve.per_token_ns, intervals?.per_token_ns, held.includes('per_token_ns')],
    [
      'a token, squared',
      curve.per_token_squared_ns,
      intervals?.per_token_squared_ns,
      held.includes('per_token_squared_ns'),
    ],
  ] as const;
  return [
    ...rows.map(
      ([label, value, interval, isHeld]) =>
        `${label.padEnd(18)}${fine(value)}${isHeld ? ' (held at 0: it would be negative)' : interval === undefined ? '' : ` (95 %: ${fine(interval[0])} to ${fine(interval[1])})`}`,
    ),
    `measured / curve  95 % of requests within ${spread.p025_ratio.toFixed(3)} to ${spread.p975_ratio.toFixed(3)}, worst ${spread.max_ratio.toFixed(3)}`,
    `speaks for        prompts of ${range.fromTokens} to ${range.toTokens} tokens (measured ${fit.shortest_tokens} to ${fit.longest_tokens}, stretched by ${DEFAULT_REACH_RATIO} at most)`,
    `method            ${method}`,
  ];
}

const MOST_OUTLIERS_COUNT = 5;

function doubtLines({ lack_of_fit: lack, outliers, by_length: byLength }: PrefillProfileFit): string[] {
  const lines: string[] = [];
  if (lack?.is_beyond_chance === true)
    lines.push(
      `LACK OF FIT       the curve misses the medians by more than chance (p ${lack.p_value < 0.001 ? '< 0.001' : lack.p_value.toFixed(3)}), at ${lack.worst_tokens} tokens by ${percent(lack.worst_ratio)}: take it for the best quadratic through these lengths, and its intervals for nothing more`,
    );
  const few = byLength.filter(({ count }) => count < 10).length;
  if (few > 0)
    lines.push(
      `few requests      ${few} of ${byLength.length} lengths have fewer than 10: their spread is little known`,
    );
  if (outliers.length > 0) {
    const shown = outliers
      .slice(0, MOST_OUTLIERS_COUNT)
      .map(
        (each) =>
          `${text(each.ttft_ns)} at ${each.prompt_tokens} tokens (curve ${text(each.predicted_ns)}, request ${each.request_index})`,
      );
    const more = outliers.length > shown.length ? `, and ${outliers.length - shown.length} more` : '';
    lines.push(`outliers          ${shown.join(', ')}${more}`);
  }
  return lines;
}

function notesOf({
  settings,
  failures,
  max_model_len: limit,
  prompt_tokens_source: source,
}: PrefillProfile): string[] {
  const notes: string[] = [];
  if (limit !== null) notes.push(`model limit       ${limit.tokens} tokens, ${LIMIT_WORDS[limit.source]}`);
  if (source !== 'server_usage')
    notes.push(
      `prompt lengths    by this client (${settings.prompt_token_counter}): the server gave no usage${source === 'mixed' ? ' for some' : ''}`,
    );
  for (const failure of failures)
    notes.push(
      `failed            request ${failure.request_index} of ${failure.length_tokens} tokens: ${failure.error_code}${failure.http_status === null ? '' : ` ${failure.http_status}`}, ${failure.error_message ?? 'no message'}`,
    );
  return notes;
}

const LIMIT_WORDS = {
  flag: 'as --max-model-len says',
  server: 'as the server says',
  refusal: 'or less: so long a prompt was refused',
} as const;

function text(ns: number): string {
  return formatDuration(durationNs(Math.round(ns)));
}

/** Coefficients go far below a nanosecond. */
function fine(ns: number): string {
  return ns >= 1_000 || ns === 0 ? text(ns) : `${ns.toPrecision(3)} ns`;
}

function percent(ratio: number): string {
  return `${ratio >= 0 ? '+' : ''}${(100 * ratio).toFixed(1)} %`;
}
