import { FluidscopeError, messageOf, UsageError } from '@fluidscope/errors';
import { loadAddon, mismatched, type AddonAvailability, type AddonUnavailability } from './addon.js';
import {
  parseDescription,
  parseEvents,
  type SamplerCounters,
  type SamplerDescription,
  type SamplerEvent,
} from './sampler-text.js';

export interface SamplerOptions {
  /** The file to open instead of `libnvidia-ml.so.1`; default: `FLUIDSCOPE_NVML_LIBRARY`. */
  readonly library?: string;
  /** Rate of the fast tier, 1 to 1000; the guard may lower it. */
  readonly fastHz?: number;
  /** How often JavaScript is woken with what was read: each time costs it about as much as a few hundred records. */
  readonly flushIntervalMs?: number;
  /** How long every quick metric is polled at 1 kHz at the start, to find how often it really changes. 0: not at all. */
  readonly calibrationMs?: number;
  /** `adapt` lowers the fast rate when calls or the loop cost too much; `keep` only says so. */
  readonly guard?: 'adapt' | 'keep';
  /** A call that takes longer marks its GPU stalled. */
  readonly stallMs?: number;
  /** First pause before the driver is asked again; doubles up to 30 s. */
  readonly retryMs?: number;
  /** Records that each thread's ring holds while JavaScript is busy, as a power of two. */
  readonly ringLog2?: number;
}

export const SAMPLER_DEFAULTS = {
  fastHz: 100,
  flushIntervalMs: 40,
  calibrationMs: 2000,
  guard: 'adapt',
  stallMs: 1000,
  retryMs: 1000,
  ringLog2: 17,
} as const satisfies SamplerOptions;

/** Called on the JS thread, at most once a flush interval each. */
export interface SamplerHandlers {
  /**
   * Whole records (SAMPLE_RECORD_BYTES each) by GPU, metric and sub_id, those of one series in order of reading. The next flush overwrites
   * the buffer: read it before returning. Not called with none.
   */
  onRecords(records: Buffer, counters: SamplerCounters): void;
  onEvent(event: SamplerEvent): void;
}

export interface Sampler extends Disposable {
  describe(): SamplerDescription;
  /** Idempotent; blocks until the threads ended, at most about two seconds when a call hangs in the driver. */
  close(): void;
}

const RANGES = {
  fastHz: [1, 1000],
  flushIntervalMs: [1, 1000],
  calibrationMs: [0, 60_000],
  stallMs: [10, 60_000],
  retryMs: [1, 30_000],
  ringLog2: [4, 22],
} as const;

/**
 * Starts sampling at once; states (no library, no driver, no GPU, ...) come as events and stand in `describe()`: none of them throws.
 *
 * @throws UsageError for options out of range, FluidscopeError `nvml.no-addon` where the native part is missing, `nvml.addon-mismatch` where
 * it is of another build than this JavaScript
 */
export function openSampler(
  handlers: SamplerHandlers,
  options: SamplerOptions = {},
  found: AddonAvailability = loadAddon(),
): Sampler {
  const { guard, ...numbers } = { ...SAMPLER_DEFAULTS, ...options };
  const problems = Object.entries(RANGES).flatMap(([name, [low, high]]) => {
    const value = numbers[name as keyof typeof RANGES];
    const isWhole = name === 'fastHz' || Number.isInteger(value);
    return isWhole && value >= low && value <= high
      ? []
      : [`Expected ${low} to ${high} for ${name} but received ${value}`];
  });
  if (problems.length > 0) throw new UsageError(problems);
  if (!found.isAvailable) throw unavailable(found);
  const library = options.library ?? process.env['FLUIDSCOPE_NVML_LIBRARY'] ?? 'libnvidia-ml.so.1';
  const native = new found.addon.Sampler(
    { ...numbers, library, adapt: guard === 'adapt' },
    (room, recordsBytes, counters, eventsJson) => {
      if (eventsJson !== undefined) parseEvents(eventsJson).forEach((event) => handlers.onEvent(event));
      if (recordsBytes > 0) handlers.onRecords(Buffer.from(room, 0, recordsBytes), countersOf(counters));
    },
  );
  const close = (): void => native.close();
  try {
    parseDescription(native.describe());
  } catch (thrown) {
    // Versions are counted up by hand: a binary that says the right one and still describes itself otherwise must not end the agent.
    close();
    throw unavailable(mismatched(`its description is not what is expected: ${messageOf(thrown)}`));
  }
  return { describe: () => parseDescription(native.describe()), close, [Symbol.dispose]: close };
}

function unavailable({ kind, reason, hint }: AddonUnavailability): FluidscopeError {
  return kind === 'missing'
    ? new FluidscopeError(`The native sampler is not there: ${reason}`, { code: 'nvml.no-addon', hint })
    : new FluidscopeError(`The native sampler does not fit: ${reason}`, {
        code: 'nvml.addon-mismatch',
        hint,
      });
}

function countersOf([
  overruns = 0,
  lateWakeups = 0,
  guardChanges = 0,
  eventsDropped = 0,
  maxLatenessNs = 0,
  insideCallsNs = 0,
]: Float64Array): SamplerCounters {
  return { overruns, lateWakeups, guardChanges, eventsDropped, maxLatenessNs, insideCallsNs };
}
