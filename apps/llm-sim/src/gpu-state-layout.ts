/**
 * The layout of the state file that the simulated NVML maps, in bytes, as `native/nvml-sim/README.md` describes it and its `state-file.h`
 * asserts it.
 */
export const GPU_STATE_LAYOUT = {
  magic: 'FSNVSIM1',
  layoutVersion: 1,
  headerBytes: 128,
  sequenceAt: 24,
  publishedAt: 32,
  initCodeAt: 48,
  costScaleAt: 52,
  uuidOrderAt: 56,
  flagsAt: 60,
  extensionsFlag: 1,

  gpuBytes: 16_400,
  deviceStateAt: 232,
  stallAt: 236,
  processCountAt: 244,
  xidHeadAt: 512,
  xidsAt: 520,
  xidBytes: 16,
  xidRingLength: 64,
  processesAt: 2_048,
  processBytes: 40,
  maxProcessCount: 32,
  slotsAt: 4_096,
  slotBytes: 32,
  slotCount: 256,
  powerSamplesAt: 12_288,
  utilizationSamplesAt: 14_344,

  extensionBytes: 4_096,
  memoryUtilizationSamplesAt: 0,
  sampleRingBytes: 2_056,
  sampleRingLength: 128,
  sampleBytes: 16,

  /** A GPM metric's integral stands this many slots behind it; an NVLink's three error counts from here on. */
  gpmIntegralSlots: 100,
  linkSlot: 200,
  slotsPerLink: 3,
} as const;
