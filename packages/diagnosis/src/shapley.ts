/** Beyond this many players every subset is too many: the costliest are taken, the others held as they were. */
export const MOST_PLAYERS_COUNT = 8;

/**
 * Exact Shapley values: each player's mean gain over all orders in which the players may come. `worth` is asked once for each subset. They add up to
 * `worth(all) - worth(none)`.
 */
export function shapleyValues(
  players: readonly number[],
  worth: (players: ReadonlySet<number>) => number,
): ReadonlyMap<number, number> {
  const count = players.length;
  const worths = Float64Array.from({ length: 2 ** count }, (_, subset) =>
    worth(new Set(players.filter((_player, bit) => isIn(subset, bit)))),
  );
  return new Map(
    players.map((player, bit) => {
      let value = 0;
      worths.forEach((before, subset) => {
        if (isIn(subset, bit)) return;
        const gain = (worths[subset + 2 ** bit] ?? NaN) - before;
        value += orderRatio(membersCount(subset), count) * gain;
      });
      return [player, value];
    }),
  );
}

function isIn(subset: number, bit: number): boolean {
  return (subset >> bit) % 2 === 1;
}

function membersCount(subset: number): number {
  return [...subset.toString(2)].filter((digit) => digit === '1').length;
}

/** Share of the orders of `count` players in which just a given `before` of them precede a given one. */
function orderRatio(before: number, count: number): number {
  let ways = count;
  for (let chosen = 1; chosen <= before; chosen += 1) ways *= (count - chosen) / chosen;
  return 1 / ways;
}
