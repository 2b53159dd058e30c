import * as library from '@huggingface/tokenizers';

/** What is used of the library's tokenizer. */
export interface LibraryTokenizer {
  tokenize(text: string, options: { readonly add_special_tokens: boolean }): readonly string[];
}

type LibraryConstructor = new (tokenizer: object, config: object) => LibraryTokenizer;

/** The library's declarations import each other without file extensions, which this module system cannot follow. */
const { Tokenizer } = library as unknown as { readonly Tokenizer: LibraryConstructor };

/** Throws what the library throws for content that it cannot build a tokenizer of. */
export function createLibraryTokenizer(tokenizer: object, config: object): LibraryTokenizer {
  return new Tokenizer(tokenizer, config);
}
