/** A number for reading, with separators of thousands. */
export function whole(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

/** A duration in the unit in which it has two or three digits; `–` for none. */
export function duration(ns: number | null): string {
  if (ns === null) return '–';
  const absNs = Math.abs(ns);
  if (absNs >= 1e10) return `${(ns / 1e9).toFixed(1)} s`;
  if (absNs >= 1e9) return `${(ns / 1e9).toFixed(2)} s`;
  if (absNs >= 1e8) return `${(ns / 1e6).toFixed(0)} ms`;
  if (absNs >= 1e6) return `${(ns / 1e6).toFixed(1)} ms`;
  if (absNs >= 1e3) return `${(ns / 1e3).toFixed(0)} µs`;
  return `${ns.toFixed(0)} ns`;
}

/** A time of the page's axis. */
export function instant(ns: number): string {
  return `${(ns / 1e9).toFixed(2)} s`;
}

/** An index of 0 to 1; `–` for none. What is below 1 never reads as 1. */
export function index(value: number | null): string {
  if (value === null) return '–';
  return value < 1 ? Math.min(value, 0.9999).toFixed(4) : '1.0000';
}

export function gibibytes(bytes: number): string {
  return (bytes / 2 ** 30).toFixed(1);
}

/** The name that a request has in the trace. */
export function requestName(requestIndex: number): string {
  return `r${String(requestIndex).padStart(6, '0')}`;
}

const REASONS: readonly (readonly [bit: number, words: string])[] = [
  [0x1, 'idle'],
  [0x2, 'application clocks'],
  [0x4, 'power cap'],
  [0x8, 'hardware slowdown'],
  [0x10, 'sync boost'],
  [0x20, 'thermal (software)'],
  [0x40, 'thermal (hardware)'],
  [0x80, 'power brake'],
  [0x100, 'display clocks'],
];

/** Bits that hold a clock down: all but idle and a clock that was set. */
const HARMLESS_BITS = 0x1 | 0x2 | 0x100;

/** `clocks_event_reasons_mask` in words; unknown bits as hex, for a newer driver may set more. */
export function throttleReasons(mask: number): string {
  if (mask === 0) return 'none';
  const known = REASONS.filter(([bit]) => hasBit(mask, bit));
  const rest = mask - known.reduce((sum, [bit]) => sum + bit, 0);
  return [...known.map(([, words]) => words), ...(rest === 0 ? [] : [`0x${rest.toString(16)}`])].join(', ');
}

export function isThrottled(mask: number): boolean {
  return REASONS.some(([bit]) => (bit & HARMLESS_BITS) === 0 && hasBit(mask, bit)) || mask >= 0x200;
}

/** Masks are up to 2^53, where bit operators would cut at 32. */
function hasBit(mask: number, bit: number): boolean {
  return Math.floor(mask / bit) % 2 === 1;
}
