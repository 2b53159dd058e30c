/** One bit of `clocks_event_reasons_mask`. */
export interface ClockEventReason {
  readonly bitMask: number;
  readonly words: string;
  /** It holds the clock down against the GPU's wish; idle, set and display clocks are how a GPU is used. */
  readonly isThrottling: boolean;
}

export const CLOCK_EVENT_REASONS: readonly ClockEventReason[] = [
  { bitMask: 0x1, words: 'idle', isThrottling: false },
  { bitMask: 0x2, words: 'application clocks', isThrottling: false },
  { bitMask: 0x4, words: 'power cap', isThrottling: true },
  { bitMask: 0x8, words: 'hardware slowdown', isThrottling: true },
  { bitMask: 0x10, words: 'sync boost', isThrottling: true },
  { bitMask: 0x20, words: 'thermal (software)', isThrottling: true },
  { bitMask: 0x40, words: 'thermal (hardware)', isThrottling: true },
  { bitMask: 0x80, words: 'power brake', isThrottling: true },
  { bitMask: 0x100, words: 'display clocks', isThrottling: false },
];

/** A mask in words: `none` for 0, unknown bits as hex, for a newer driver may set more. */
export function clockEventReasonsText(mask: number): string {
  if (mask === 0) return 'none';
  const known = CLOCK_EVENT_REASONS.filter(({ bitMask }) => hasBit(mask, bitMask));
  const rest = mask - known.reduce((sum, { bitMask }) => sum + bitMask, 0);
  return [...known.map(({ words }) => words), ...(rest === 0 ? [] : [`0x${rest.toString(16)}`])].join(', ');
}

/** Whether anything holds the clock down; of a bit that is not known, too. */
export function isThrottled(mask: number): boolean {
  return (
    CLOCK_EVENT_REASONS.some(({ bitMask, isThrottling }) => isThrottling && hasBit(mask, bitMask)) ||
    mask >= 0x200
  );
}

/** Masks are up to 2^53, where bit operators would cut at 32. */
export function hasBit(mask: number, bitMask: number): boolean {
  return Math.floor(mask / bitMask) % 2 === 1;
}
