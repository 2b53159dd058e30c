const MOST_LOADS_COUNT = 200;

/** Loads to measure: `1,2,4,8`, or from, to and step as in `2-20:2`; whole ones where requests in flight are meant. Ascending, each once. */
export function parseSweep(text: string, isWhole: boolean): readonly number[] | { readonly problem: string } {
  const loads = text.split(',').flatMap((part) => partLoads(part.trim()));
  const isRight = (load: number): boolean =>
    load > 0 && Number.isFinite(load) && (!isWhole || Number.isSafeInteger(load));
  if (loads.length > 0 && loads.length <= MOST_LOADS_COUNT && loads.every(isRight))
    return [...new Set(loads)].sort((a, b) => a - b);
  const kind = isWhole ? 'whole loads from 1' : 'loads above 0';
  return {
    problem: `expected up to ${MOST_LOADS_COUNT} ${kind} such as 1,2,4,8 or 2-20:2 but received "${text}"`,
  };
}

function partLoads(part: string): readonly number[] {
  const [, from, to, step] = /^([0-9.]+)-([0-9.]+):([0-9.]+)$/.exec(part) ?? [];
  if (from === undefined || to === undefined || step === undefined) return [part === '' ? NaN : Number(part)];
  const count = Math.floor((Number(to) - Number(from)) / Number(step) + 1e-9) + 1;
  if (!(count >= 1 && count <= MOST_LOADS_COUNT)) return [NaN];
  return Array.from({ length: count }, (_, index) =>
    Number((Number(from) + index * Number(step)).toPrecision(12)),
  );
}
