/**
 * A row for each span, in order of their starts, so that spans of one row never overlap and as few rows as possible are taken: the most
 * that are open at once.
 */
export function assignSlots(
  spans: readonly { readonly fromS: number; readonly toS: number }[],
): readonly number[] {
  const freeFromS: number[] = [];
  return spans.map(({ fromS, toS }) => {
    const free = freeFromS.findIndex((eachS) => eachS <= fromS);
    const slot = free === -1 ? freeFromS.length : free;
    freeFromS[slot] = toS;
    return slot;
  });
}
