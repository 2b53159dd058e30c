/** When a line of a log was written, as far as the line itself says. */
export interface LogStamp {
  /** vLLM's own stamps have none. */
  readonly year: number | undefined;
  /** Since the year's begin, in the stamp's zone: of month, day and time of day. */
  readonly month: number;
  readonly day: number;
  /** Since midnight. */
  readonly timeOfDayNs: number;
  /** The line was written within so long from the stated time on. */
  readonly resolutionNs: number;
  /** Ahead of UTC; `undefined`: the stamp does not say in which zone it is. */
  readonly zoneOffsetNs: number | undefined;
}

const NS_PER_S = 1e9;
const S_PER_MINUTE = 60;
const S_PER_HOUR = 3_600;
/** `12-22 21:44:40` of vLLM, with a year or a fraction where its format was changed, and what `docker logs -t` and `kubectl logs --timestamps` put before a line. */
const STAMP =
  /(?<![\d-])(?:(\d{4})-)?(\d{2})-(\d{2})[ T](\d{2}):(\d{2}):(\d{2})(?:[.,](\d{1,9}))?(?:(Z)|([+-])(\d{2}):?(\d{2}))?(?![\d:])/;

/** The first stamp on a line; `undefined` where there is none, or it is no time of day. */
export function readLogStamp(line: string): LogStamp | undefined {
  const match = STAMP.exec(line);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second, fraction = '', utc, sign, zoneHours, zoneMinutes] = match;
  const [monthNumber, dayNumber] = [Number(month), Number(day)];
  const inDayS = Number(hour) * S_PER_HOUR + Number(minute) * S_PER_MINUTE + Number(second);
  const isTime = Number(hour) < 24 && Number(minute) < 60 && Number(second) <= 60;
  if (!isTime || monthNumber < 1 || monthNumber > 12 || dayNumber < 1 || dayNumber > 31) return undefined;
  const zoneS = Number(zoneHours) * S_PER_HOUR + Number(zoneMinutes) * S_PER_MINUTE;
  const zoneOffsetNs = (sign === '-' ? -zoneS : zoneS) * NS_PER_S;
  return {
    year: year === undefined ? undefined : Number(year),
    month: monthNumber,
    day: dayNumber,
    timeOfDayNs: inDayS * NS_PER_S + Number(fraction.padEnd(9, '0')),
    resolutionNs: NS_PER_S / 10 ** fraction.length,
    zoneOffsetNs: utc === undefined ? (sign === undefined ? undefined : zoneOffsetNs) : 0,
  };
}

/** How a stamp that leaves things out is understood. */
export interface StampFrame {
  readonly startedWallNs: bigint;
  /** Ahead of UTC, of stamps that name no zone. */
  readonly zoneOffsetNs: number;
}

const NS_PER_MS = 1e6;

/** In run time, ns. Of a stamp without a year, the year that brings it nearest to the run's start. */
export function runTimeOf(stamp: LogStamp, { startedWallNs, zoneOffsetNs }: StampFrame): number {
  const startedYear = new Date(Number(startedWallNs / BigInt(NS_PER_MS))).getUTCFullYear();
  const years = stamp.year === undefined ? [startedYear, startedYear - 1, startedYear + 1] : [stamp.year];
  const timesNs = years.map((year) => {
    const midnightNs = BigInt(Date.UTC(year, stamp.month - 1, stamp.day)) * BigInt(NS_PER_MS);
    return Number(midnightNs - startedWallNs) + stamp.timeOfDayNs - (stamp.zoneOffsetNs ?? zoneOffsetNs);
  });
  return timesNs.reduce((nearestNs, timeNs) => (Math.abs(timeNs) < Math.abs(nearestNs) ? timeNs : nearestNs));
}
