import { z } from 'zod';

const splitStep = z.object({
  type: z.literal('Split'),
  pattern: z.object({ String: z.string().optional(), Regex: z.string().optional() }),
  behavior: z.string(),
  invert: z.boolean().optional(),
});
const punctuationStep = z.object({ type: z.literal('Punctuation'), behavior: z.string().optional() });
const sequence = z.object({ type: z.literal('Sequence'), pretokenizers: z.array(z.unknown()) });
const spaceMarker = z.object({ type: z.literal('Replace'), pattern: z.object({ String: z.literal(' ') }) });

/**
 * Steps of a `tokenizer.json` that the tokenizer library takes and would carry out in another way than the reference
 * implementation: wrong counts without a word. (Types that it does not know it refuses by itself.)
 */
export function unsupportedSteps(tokenizer: {
  readonly normalizer?: unknown;
  readonly pre_tokenizer?: unknown;
}): readonly string[] {
  const leavesNoSpaces = spaceMarker.safeParse(tokenizer.normalizer).success;
  return stepsOf(tokenizer.pre_tokenizer).flatMap((step) => {
    const punctuation = punctuationStep.safeParse(step);
    if (punctuation.success && punctuation.data.behavior !== 'Contiguous') {
      return [`pre_tokenizer Punctuation with behavior ${punctuation.data.behavior ?? 'Isolated'}`];
    }
    const split = splitStep.safeParse(step);
    return split.success ? splitProblems(split.data, leavesNoSpaces) : [];
  });
}

function stepsOf(preTokenizer: unknown): readonly unknown[] {
  const parsed = sequence.safeParse(preTokenizer);
  return parsed.success ? parsed.data.pretokenizers.flatMap(stepsOf) : [preTokenizer];
}

function splitProblems(split: z.infer<typeof splitStep>, leavesNoSpaces: boolean): readonly string[] {
  const { pattern, behavior, invert = false } = split;
  if (pattern.String === undefined && pattern.Regex === undefined)
    return ['pre_tokenizer Split without a pattern'];
  // Gemma's split at spaces comes behind a normalizer that leaves none: it never acts.
  if (leavesNoSpaces && pattern.String === ' ') return [];
  if (invert ? behavior === 'Removed' : behavior === 'Isolated' || behavior === 'Removed') return [];
  return [`pre_tokenizer Split with behavior ${behavior}${invert ? ', inverted' : ''}`];
}
