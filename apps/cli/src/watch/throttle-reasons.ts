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

/**
 * `clocks_event_reasons_mask` in words: `none` for 0, unknown bits as hex, for a newer driver may set more. Masks are up to 2^53, so the
 * bits are taken by division: bit operators would cut at 32.
 */
export function throttleReasons(mask: number): string {
  if (mask === 0) return 'none';
  const known = REASONS.filter(([bit]) => Math.floor(mask / bit) % 2 === 1);
  const rest = mask - known.reduce((sum, [bit]) => sum + bit, 0);
  const words = known.map(([, text]) => text);
  return [...words, ...(rest === 0 ? [] : [`0x${rest.toString(16)}`])].join(', ');
}
