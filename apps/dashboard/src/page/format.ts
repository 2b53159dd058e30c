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

export function numberOrNull(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}

/** A count; `–` for none. */
export function countOrNone(value: number): string {
  return Number.isNaN(value) ? '–' : whole(value);
}
