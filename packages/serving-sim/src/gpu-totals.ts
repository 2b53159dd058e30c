/** What a GPU has summed up since its start. Times in ns of virtual time, each the integral of a share; all only grow. */
export interface GpuTotals {
  energyMillijoules: number;
  /** Some kernel ran; kernels of the engine ran; kernels of another process ran. */
  busyNs: number;
  ownBusyNs: number;
  foreignNs: number;
  /** Shares of the SMs, the tensor cores and the DRAM's bandwidth in use. */
  smNs: number;
  tensorNs: number;
  dramNs: number;
  ownDramNs: number;
  powerCapNs: number;
  thermalNs: number;
  thermalHardwareNs: number;
  powerBrakeNs: number;
  pcieTxBytes: number;
  pcieRxBytes: number;
  /** Ranks exchange as much as they send. */
  nvlinkBytes: number;
  pcieReplayCount: number;
}

export function zeroTotals(): GpuTotals {
  return {
    energyMillijoules: 0,
    busyNs: 0,
    ownBusyNs: 0,
    foreignNs: 0,
    smNs: 0,
    tensorNs: 0,
    dramNs: 0,
    ownDramNs: 0,
    powerCapNs: 0,
    thermalNs: 0,
    thermalHardwareNs: 0,
    powerBrakeNs: 0,
    pcieTxBytes: 0,
    pcieRxBytes: 0,
    nvlinkBytes: 0,
    pcieReplayCount: 0,
  };
}
