/** Close enough that a line fills most of its strip, far enough apart that a scale changes seldom: each change draws the strip anew. */
const TOPS = [1, 1.2, 1.4, 1.6, 1.8, 2, 2.25, 2.5, 2.8, 3.2, 3.6, 4, 4.5, 5, 5.6, 6.4, 7.2, 8, 9, 10];

/** The round number up to which a scale reaches whose largest value is this; 1 for none. */
export function scaleTop(largest: number): number {
  if (!(largest > 0)) return 1;
  const decade = 10 ** Math.floor(Math.log10(largest));
  return decade * (TOPS.find((top) => top * decade >= largest) ?? 10);
}

/** As `count`, but a number that grows in few steps, of which at most a fifth is unused. */
export function roomFor(count: number): number {
  const step = 2 ** Math.max(0, Math.floor(Math.log2(Math.max(1, count))) - 2);
  return Math.ceil(count / step) * step;
}
