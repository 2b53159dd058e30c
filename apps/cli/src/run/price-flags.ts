import type { RecordedPrices } from '@fluidscope/trace-schema';
import type { FlagReader } from '../flag-reader.js';

export interface PriceFlags {
  readonly priceInput?: string;
  readonly priceOutput?: string;
  readonly priceCached?: string;
}

/** USD per million tokens; `undefined` where no price is given. Problems go to `reader`. */
export function readPrices(
  reader: FlagReader,
  { priceInput, priceOutput, priceCached }: PriceFlags,
): RecordedPrices | undefined {
  const prices = [
    ['input_usd', '--price-input', priceInput],
    ['output_usd', '--price-output', priceOutput],
    ['cached_usd', '--price-cached', priceCached],
  ] as const;
  const given = prices.flatMap(([name, flag, text]) => {
    const price = text === undefined ? undefined : readPrice(reader, flag, text);
    return price === undefined ? [] : [[name, price] as const];
  });
  if (priceCached !== undefined && priceInput === undefined)
    reader.problem(
      '--price-cached',
      'expected --price-input beside it: a prompt has tokens that are not cached',
    );
  return given.length === 0 ? undefined : Object.fromEntries(given);
}

/** A price of 0 is one: a server of one's own. */
function readPrice(reader: FlagReader, flag: string, text: string): number | undefined {
  const usd = Number(text);
  if (text.trim() !== '' && Number.isFinite(usd) && usd >= 0) return usd;
  return reader.problem(flag, `expected USD for a million tokens, such as 0.5, but received "${text}"`);
}
