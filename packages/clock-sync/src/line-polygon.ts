/** A line of offset over time: `offsetNs` at the polygon's reference instant, and how it grows. */
export interface OffsetLine {
  readonly offsetNs: number;
  readonly skewNsPerS: number;
}

/**
 * The set of lines that satisfy every probe so far, as a convex polygon in the plane of (offset, skew).
 *
 * Each stamp pair rules out the lines on one side of a point, which in this plane is a half-plane; cutting by it is the dual of moving
 * along the convex hull of the points (Zhang, Liu, Xia, "Clock synchronization algorithms for network measurements", 2002; Moon, Skelly,
 * Towsley, 1999), and needs no second pass when a probe is added. An empty array is an empty set: no line fits.
 */
export type LinePolygon = readonly OffsetLine[];

/** Lines with `offset(at) <= limit` (or `>=`), `atS` seconds after the reference instant. */
export interface LineLimit {
  readonly atS: number;
  readonly limitNs: number;
  readonly side: 'at most' | 'at least';
}

/** Every line within `maxOffsetNs` of zero at the reference instant and within the skew limit. */
export function lineRectangle(maxOffsetNs: number, maxSkewNsPerS: number): LinePolygon {
  return [
    { offsetNs: -maxOffsetNs, skewNsPerS: -maxSkewNsPerS },
    { offsetNs: maxOffsetNs, skewNsPerS: -maxSkewNsPerS },
    { offsetNs: maxOffsetNs, skewNsPerS: maxSkewNsPerS },
    { offsetNs: -maxOffsetNs, skewNsPerS: maxSkewNsPerS },
  ];
}

/** The lines of `polygon` that keep the limit (Sutherland and Hodgman's clipping by one edge). The same array when all do. */
export function cutLines(polygon: LinePolygon, limit: LineLimit): LinePolygon {
  const sign = limit.side === 'at most' ? 1 : -1;
  const roomNs = polygon.map((line) => sign * (limit.limitNs - offsetOn(line, limit.atS)));
  if (roomNs.every((each) => each >= 0)) return polygon;
  const kept: OffsetLine[] = [];
  polygon.forEach((line, index) => {
    const next = (index + 1) % polygon.length;
    const room = roomNs[index] ?? 0;
    const nextRoom = roomNs[next] ?? 0;
    if (room >= 0) kept.push(line);
    const following = polygon[next];
    if (following !== undefined && room < 0 !== nextRoom < 0) {
      kept.push(between(line, following, room / (room - nextRoom)));
    }
  });
  return kept;
}

/** Lowest and highest offset that a line of the polygon has `atS` seconds after the reference instant. */
export function offsetRange(polygon: LinePolygon, atS: number): { lowNs: number; highNs: number } {
  let lowNs = Infinity;
  let highNs = -Infinity;
  for (const line of polygon) {
    const offsetNs = offsetOn(line, atS);
    if (offsetNs < lowNs) lowNs = offsetNs;
    if (offsetNs > highNs) highNs = offsetNs;
  }
  return { lowNs, highNs };
}

function offsetOn(line: OffsetLine, atS: number): number {
  return line.offsetNs + line.skewNsPerS * atS;
}

function between(from: OffsetLine, to: OffsetLine, share: number): OffsetLine {
  return {
    offsetNs: from.offsetNs + share * (to.offsetNs - from.offsetNs),
    skewNsPerS: from.skewNsPerS + share * (to.skewNsPerS - from.skewNsPerS),
  };
}
