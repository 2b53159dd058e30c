import { z } from 'zod';

/*
 * May a text be cut between a letter and the space after it, and the parts be counted apart? Only when no step of the
 * tokenizer joins the two sides and none looks across. The steps that are known to keep to that are listed here; a
 * tokenizer with any other step is counted whole, which is slower and never wrong. `word-counts.test.ts` compares both.
 *
 * 1. No added token holds a letter before a space, nor ends in a letter (the text behind it begins anew).
 * 2. Normalizers compose (no letter composes with a space), turn spaces into U+2581, or put one in front of a text.
 * 3. Either the pre-tokenizer ends a piece there: its alternatives take a space as their first character or after white
 *    space only, and one of them takes every letter. Or none splits there, and no merge of the model joins a letter
 *    (or its mark) with a U+2581 after it.
 * 4. The model is a BPE that works on each piece alone and does not fuse unknown tokens of neighbouring pieces.
 */

const SPACE_MARK = '\u2581';
const ENDS_IN_LETTER = /[\p{L}\p{M}]$/u;
const LETTER_BEFORE_SPACE = /[\p{L}\p{M}] /u;

/** Sets of alternatives, of the GPT-2, cl100k, DeepSeek and o200k patterns, that together take every letter. */
const LETTER_ALTERNATIVES: readonly (readonly string[])[] = [
  [String.raw` ?\p{L}+`],
  [String.raw`[^\r\n\p{L}\p{N}]?\p{L}+`],
  [String.raw`[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+`],
  [
    String.raw`[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?`,
    String.raw`[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?`,
  ],
];
const ALTERNATIVES: readonly string[] = [
  ...LETTER_ALTERNATIVES.flat(),
  ...["'s", "'t", "'re", "'ve", "'m", "'ll", "'d", "(?i:'s|'t|'re|'ve|'m|'ll|'d)"],
  ...[String.raw`\p{N}`, String.raw`\p{N}{1,3}`, String.raw` ?\p{N}+`],
  '[一-龥぀-ゟ゠-ヿ]+',
  '[!"#$%&\'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+',
  ...['', String.raw`[\r\n]*`, String.raw`[\r\n/]*`].map((end) => String.raw` ?[^\s\p{L}\p{N}]+` + end),
  String.raw` ?[\p{P}\p{S}]+[\r\n]*`,
  ...[String.raw`\s*[\r\n]+`, String.raw`\s+(?!\S)`, String.raw`\s+`],
];

const replaceSpaces = z.object({
  type: z.literal('Replace'),
  pattern: z.object({ String: z.literal(' ') }),
  content: z.literal(SPACE_MARK),
});
/** To whether it turns spaces into marks. */
const normalizer: z.ZodType<boolean> = z.lazy(() =>
  z.union([
    z.null().transform(() => false),
    z.object({ type: z.literal('NFC') }).transform(() => false),
    z.object({ type: z.literal('Prepend'), prepend: z.literal(SPACE_MARK) }).transform(() => false),
    replaceSpaces.transform(() => true),
    z
      .object({ type: z.literal('Sequence'), normalizers: z.array(normalizer) })
      .transform(({ normalizers }) => normalizers.includes(true)),
  ]),
);

const alternatives = z.object({ Regex: z.string() }).transform(({ Regex }, context) => {
  const known = knownAlternatives(Regex);
  if (known === undefined) context.addIssue({ code: 'custom', message: 'known alternatives' });
  return known ?? [];
});
const splitByPattern = z
  .object({
    type: z.literal('Split'),
    pattern: alternatives,
    behavior: z.enum(['Isolated', 'Removed']),
    invert: z.boolean(),
  })
  .refine(({ behavior, invert }) => invert === (behavior === 'Removed'))
  .transform(({ pattern }) => LETTER_ALTERNATIVES.some((set) => set.every((one) => pattern.includes(one))));
const byteLevel = z
  .object({
    type: z.literal('ByteLevel'),
    add_prefix_space: z.literal(false).optional(),
    use_regex: z.boolean().optional(),
  })
  .transform(({ use_regex: splitsWords }) => splitsWords ?? true);
const step = z.union([splitByPattern, byteLevel]);
/** Behind a step that writes spaces as byte letters, a pattern would see no spaces. */
const bytesLast = z
  .array(z.looseObject({ type: z.string() }))
  .refine((steps) => steps.slice(0, -1).every(({ type }) => type === 'Split'));

/** Where pieces end: between every letter and a space after it, or not there; or spaces become marks and none ends. */
type Pieces = 'words' | 'whole' | 'marked';

const pieces = (kind: Pieces) => (): Pieces => kind;
const preTokenizer = z.union([
  step.transform((splitsWords): Pieces => (splitsWords ? 'words' : 'whole')),
  z
    .object({ type: z.literal('Sequence'), pretokenizers: bytesLast.pipe(z.array(step)) })
    .transform(({ pretokenizers }): Pieces => (pretokenizers.includes(true) ? 'words' : 'whole')),
  z.null().transform(pieces('whole')),
  z.object({ type: z.literal('Metaspace'), replacement: z.literal(SPACE_MARK) }).transform(pieces('marked')),
  z
    .object({ type: z.literal('Split'), pattern: z.object({ String: z.literal(' ') }) })
    .transform(pieces('whole')),
]);

type Merge = string | readonly [string, string];

const bpe = z.object({
  type: z.literal('BPE'),
  fuse_unk: z.boolean().nullish(),
  byte_fallback: z.boolean().nullish(),
  ignore_merges: z.boolean().nullish(),
  end_of_word_suffix: z.literal('').nullish(),
  continuing_subword_suffix: z.literal('').nullish(),
  vocab: z.custom<Readonly<Record<string, number>>>((value) => typeof value === 'object' && value !== null),
  merges: z.custom<readonly Merge[]>(Array.isArray),
});

type Bpe = z.infer<typeof bpe>;

const wordwiseTokenizer = z.object({
  normalizer,
  pre_tokenizer: preTokenizer,
  model: bpe,
  added_tokens: z.array(z.object({ content: z.string() })),
});

const plainConfig = z.object({
  remove_space: z.literal(false).nullish(),
  do_lowercase_and_remove_accent: z.literal(false).nullish(),
});

/** Whether counts of texts cut between a letter and a space add up, as a tokenizer's two files show. */
export function hasWordCuts(tokenizer: unknown, config: unknown): boolean {
  const parsed = wordwiseTokenizer.safeParse(tokenizer);
  if (!parsed.success || !plainConfig.safeParse(config).success) return false;
  const { added_tokens: addedTokens, normalizer: marksSpaces, pre_tokenizer: splitInto, model } = parsed.data;
  const written = addedTokens.flatMap(({ content }) => [
    content,
    ...(marksSpaces ? [content.replaceAll(SPACE_MARK, ' ')] : []),
  ]);
  return (
    written.every(keepsCuts) &&
    (model.fuse_unk !== true || hasAllBytes(model)) &&
    modelSeesWords(splitInto, marksSpaces, model)
  );
}

function modelSeesWords(splitInto: Pieces, marksSpaces: boolean, model: Bpe): boolean {
  switch (splitInto) {
    case 'words':
      return !marksSpaces;
    case 'whole':
      return marksSpaces && mergesKeepWordsApart(model);
    case 'marked':
      return mergesKeepWordsApart(model);
  }
}

function knownAlternatives(source: string): readonly string[] | undefined {
  const known: string[] = [];
  let rest = source.replaceAll('\r', String.raw`\r`).replaceAll('\n', String.raw`\n`);
  while (rest !== '') {
    const next = ALTERNATIVES.find((one) => rest === one || rest.startsWith(`${one}|`));
    if (next === undefined) return undefined;
    known.push(next);
    rest = rest.slice(next.length + 1);
  }
  return known;
}

function keepsCuts(addedToken: string): boolean {
  return !ENDS_IN_LETTER.test(addedToken) && !LETTER_BEFORE_SPACE.test(addedToken);
}

/** Where every character is in the vocabulary, or its bytes are, nothing is unknown, and there is nothing to fuse. */
function hasAllBytes({ byte_fallback: fallsBack, vocab }: Bpe): boolean {
  const isCovered = (byte: number): boolean =>
    Object.hasOwn(vocab, `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`) ||
    (byte < 0x80 && Object.hasOwn(vocab, String.fromCharCode(byte)));
  return fallsBack === true && Array.from({ length: 256 }, (_, byte) => byte).every(isCovered);
}

/** A model that looks for whole pieces before it merges could find several words in one. */
function mergesKeepWordsApart({ merges, ignore_merges: findsWholePieces }: Bpe): boolean {
  return findsWholePieces !== true && merges.every(keepsWordsApart);
}

function keepsWordsApart(merge: Merge): boolean {
  const [left = '', right = ''] = typeof merge === 'string' ? merge.split(' ', 2) : merge;
  return !right.startsWith(SPACE_MARK) || !ENDS_IN_LETTER.test(left);
}
