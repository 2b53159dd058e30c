/** What a field's text comes to: a value in the metric's unit, a word for "there is none", or neither. */
export type Quantity =
  | { readonly kind: 'value'; readonly value: number }
  | { readonly kind: 'unavailable' }
  | { readonly kind: 'lost' }
  | { readonly kind: 'unreadable' };

/** The unit that a metric's value is given in. */
export type SmiUnit = 'MHz' | 'mW' | 'bytes' | '°C' | '%' | 'ns' | 'count' | 'index' | 'mask';

/** Per target unit, what a unit in the text is worth. nvidia-smi's "MB" in dmon and pmon are MiB. */
const WORTH: Readonly<Record<SmiUnit, Readonly<Record<string, number>>>> = {
  MHz: { mhz: 1, ghz: 1_000 },
  mW: { w: 1_000, mw: 1, kw: 1_000_000 },
  bytes: { b: 1, kib: 2 ** 10, kb: 2 ** 10, mib: 2 ** 20, mb: 2 ** 20, gib: 2 ** 30, gb: 2 ** 30 },
  '°C': { c: 1 },
  '%': { '%': 1 },
  ns: { ns: 1, us: 1_000, ms: 1_000_000, s: 1_000_000_000 },
  count: { x: 1 },
  index: {},
  mask: {},
};

const NONE =
  /^(-|n\/a|err!?|error|none|unknown|not (available|supported|found|active)|no data|(unknown|invalid|insufficient)\b.*|(the )?requested functionality.*|gpu (requires|access|is inaccessible).*|function not found|deprecated.*|obsolete.*)$/i;
const LOST = /\bgpu is lost\b/i;
/** A comma is a point where a locale writes it so: before one or two digits. Before three it may as well part thousands. */
const NUMBER = /^([+-]?\d+(?:\.\d+|,\d{1,2})?(?:e[+-]?\d+)?)\s*([%a-z]*)$/i;

/**
 * Reads one field. `printedUnit` is the unit that stands elsewhere (a header, or what this field is always printed in); one in the
 * text itself goes before it. Yes and No count as 1 and 0, `P8` as 8, `0x…` as a mask.
 */
export function readQuantity(text: string, unit: SmiUnit, printedUnit: string): Quantity {
  const bare = text
    .trim()
    .replace(/^\[(.*)\]$/s, '$1')
    .trim();
  if (LOST.test(bare)) return { kind: 'lost' };
  if (NONE.test(bare)) return { kind: 'unavailable' };
  if (unit === 'mask') return finite(/^0x[0-9a-f]{1,16}$/i.test(bare) ? Number(bare) : Number.NaN);
  if (unit === 'index' && /^p\d{1,2}$/i.test(bare)) return finite(Number(bare.slice(1)));
  if (unit === 'count' && /^(yes|no)$/i.test(bare)) return finite(/^yes$/i.test(bare) ? 1 : 0);
  const [, digits, ownUnit = ''] = NUMBER.exec(bare) ?? [];
  if (digits === undefined) return { kind: 'unreadable' };
  const from = (ownUnit === '' ? printedUnit : ownUnit).toLowerCase();
  const worth = from === '' ? 1 : WORTH[unit][from];
  if (worth === undefined) return { kind: 'unreadable' };
  const value = Number(digits.replace(',', '.')) * worth;
  // 311.29 W is 311290 mW, not 311290.00000000006.
  return finite(unit === '%' || unit === '°C' ? value : Math.round(value));
}

function finite(value: number): Quantity {
  return Number.isFinite(value) ? { kind: 'value', value } : { kind: 'unreadable' };
}
