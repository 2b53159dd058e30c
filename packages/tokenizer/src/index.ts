export { loadTokenizer } from './load-tokenizer.js';
export type { LocalTokenizer } from './local-tokenizer.js';
