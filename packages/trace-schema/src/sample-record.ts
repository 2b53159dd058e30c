/**
 * Bytes of one sample record, little-endian, as the native sampler's `struct SampleRecord` lays it out: u64 beforeNs, u32 callNs,
 * u16 gpuIndex, u16 metricId, f64 value, u32 flags, u32 subId, u64 sensorNs. Samples of GPUs and of hosts take the same form from
 * the probe to the trace.
 */
export const SAMPLE_RECORD_BYTES = 40;

/** `gpuIndex` of a sample of the host. */
export const HOST_GPU_INDEX = 0xffff;

export const SAMPLE_FLAGS = {
  /** The value differs from the one before it, or is the first; a repeat has this bit clear. */
  fresh: 1,
  /** The counter went down since the last reading (driver reloaded, counters reset): do not subtract across this record. */
  newEpoch: 2,
  /** From the driver's own ring: `beforeNs` is the driver's time, `callNs` 0. */
  buffered: 4,
  /** A mean from `sensorNs` to `beforeNs`. */
  window: 8,
} as const;
