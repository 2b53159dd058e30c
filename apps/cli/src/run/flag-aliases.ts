/**
 * Spellings that users of AIPerf and vLLM's bench have in their fingers, where they mean the same as ours.
 * Aliases that would mean something else here are not in this table: they are refused as unknown flags.
 */
export const FLAG_ALIASES: Readonly<Record<string, string>> = {
  '--base-url': '--url',
  '--request-count': '--num-requests',
  '--num-prompts': '--num-requests',
  '--benchmark-duration': '--duration',
  '--warmup-request-count': '--warmup-requests',
  '--num-warmups': '--warmup-requests',
  '--random-seed': '--seed',
  '--arrival-smoothness': '--burstiness',
  '--max-concurrency': '--concurrency',
  '--random-input-len': '--isl',
  '--random-output-len': '--osl',
  '--synthetic-input-tokens-mean': '--isl',
  '--output-tokens-mean': '--osl',
};

/** Replaces every alias by the flag it stands for, `--alias=value` too; arguments after `--` are left alone. */
export function expandFlagAliases(args: readonly string[]): string[] {
  const end = args.indexOf('--');
  return args.map((arg, position) => {
    if (end !== -1 && position > end) return arg;
    const [flag = arg, ...value] = arg.split('=');
    const canonical = Object.hasOwn(FLAG_ALIASES, flag) ? FLAG_ALIASES[flag] : undefined;
    return canonical === undefined ? arg : [canonical, ...value].join('=');
  });
}

/** The table for a help text, one line a flag. */
export function flagAliasesText(): string {
  const aliasesByFlag = new Map<string, string[]>();
  for (const [alias, flag] of Object.entries(FLAG_ALIASES)) {
    aliasesByFlag.set(flag, [...(aliasesByFlag.get(flag) ?? []), alias]);
  }
  return [...aliasesByFlag].map(([flag, aliases]) => `  ${flag.padEnd(18)} ${aliases.join(' ')}`).join('\n');
}
