const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
const SPACE_MARK = '\u2581';

/** The printable stand-ins that byte-level tokenizers write bytes as, in order of the bytes. */
function byteLetters(): readonly string[] {
  let spare = 256;
  return Array.from({ length: 256 }, (_, byte) => {
    const isPrintable = (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
    return String.fromCharCode(isPrintable ? byte : spare++);
  });
}

function vocabulary(tokens: readonly string[]): Record<string, number> {
  return Object.fromEntries([...new Set(tokens)].map((token, id) => [token, id]));
}

const joined = (merges: readonly string[]): readonly string[] =>
  merges.map((merge) => merge.replace(' ', ''));

const BYTE_MERGES = [
  'h e',
  'Ġ t',
  'Ġt he',
  'l l',
  'he ll',
  'hell o',
  'o r',
  'l d',
  'or ld',
  'Ġ w',
  'Ġw orld',
  'Ġ Ġ',
  'i n',
];

/** A byte-level BPE as GPT-2 and Llama 3 have it, with 13 merges: every text has a count, most letters are tokens. */
export const TINY_BYTE_LEVEL = {
  version: '1.0',
  truncation: null,
  padding: null,
  added_tokens: [
    {
      id: 500,
      content: '<|end|>',
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    },
  ],
  normalizer: null,
  pre_tokenizer: {
    type: 'Sequence',
    pretokenizers: [
      {
        type: 'Split',
        pattern: {
          Regex: String.raw`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`,
        },
        behavior: 'Isolated',
        invert: false,
      },
      { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false },
    ],
  },
  post_processor: {
    type: 'TemplateProcessing',
    single: [{ SpecialToken: { id: '<|end|>', type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }],
    pair: [],
    special_tokens: { '<|end|>': { id: '<|end|>', ids: [500], tokens: ['<|end|>'] } },
  },
  decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
  model: {
    type: 'BPE',
    dropout: null,
    unk_token: null,
    continuing_subword_prefix: null,
    end_of_word_suffix: null,
    fuse_unk: false,
    byte_fallback: false,
    ignore_merges: false,
    vocab: vocabulary([...byteLetters(), ...joined(BYTE_MERGES)]),
    merges: BYTE_MERGES,
  },
};

function marked(merges: readonly string[]) {
  const bytes = Array.from(
    { length: 256 },
    (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`,
  );
  return {
    ...TINY_BYTE_LEVEL,
    normalizer: { type: 'Replace', pattern: { String: ' ' }, content: SPACE_MARK },
    pre_tokenizer: null,
    post_processor: null,
    decoder: null,
    model: {
      ...TINY_BYTE_LEVEL.model,
      unk_token: '<unk>',
      fuse_unk: true,
      byte_fallback: true,
      vocab: vocabulary(['<unk>', ...bytes, ...Array.from(LETTERS), SPACE_MARK, ...joined(merges)]),
      merges,
    },
  };
}

const MARKED_MERGES = [
  'h e',
  `${SPACE_MARK} t`,
  `${SPACE_MARK}t he`,
  `${SPACE_MARK} ${SPACE_MARK}`,
  'o r',
  'l l',
];

/** A BPE over the whole text with marks for spaces, as Gemma and Llama 2 have it. */
export const TINY_MARKED = marked(MARKED_MERGES);

/** The same with merges across words: its counts do not add up over words. */
export const TINY_CROSSING = marked([...MARKED_MERGES, `e ${SPACE_MARK}`, `or ${SPACE_MARK}t`]);
