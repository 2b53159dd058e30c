import type { ClockFit } from './clock-fit.js';
import type { ClockProbe } from './clock-probe.js';
import { ClockTracker, type ClockOptions } from './clock-tracker.js';

/** The fit over probes that are all there, in any order; an empty list gives a fit that knows nothing. */
export function fitClock(
  probes: readonly ClockProbe[],
  options: Omit<ClockOptions, 'maxSegments'> = {},
): ClockFit {
  const tracker = new ClockTracker({ ...options, maxSegments: Number.POSITIVE_INFINITY });
  const inOrder = probes.toSorted((left, right) => left.t1Ns - right.t1Ns);
  for (const probe of inOrder) tracker.add(probe);
  return tracker.current();
}
