import type { GpuCondition } from './gpu-condition.js';

/** A link's errors, by NVML's three kinds. */
export interface LinkErrors {
  crcCount: number;
  replayCount: number;
  recoveryCount: number;
}

export interface GpuXid {
  readonly atNs: number;
  readonly xid: number;
}

/** No list of events grows without end where nobody takes them. */
const MAX_XIDS = 1_024;
const REPLAYS_PER_RECOVERY = 1_000;

/** What a GPU's driver counts of its failings. */
export class GpuHealth {
  eccCorrectedCount = 0;
  eccUncorrectedCount = 0;
  remappedCorrectedCount = 0;
  remappedUncorrectedCount = 0;
  isRemapPending = false;
  hasRemapFailed = false;
  readonly links: readonly LinkErrors[];
  private xids: GpuXid[] = [];

  constructor(nvlinkCount: number) {
    this.links = Array.from({ length: nvlinkCount }, () => ({
      crcCount: 0,
      replayCount: 0,
      recoveryCount: 0,
    }));
  }

  /** XIDs since the last call, in order of time; the oldest are forgotten beyond a thousand. */
  takeXids(): readonly GpuXid[] {
    const taken = this.xids;
    if (taken.length > 0) this.xids = [];
    return taken;
  }

  /** Books what happens at once; conditions that hold are none of it. */
  book(condition: GpuCondition, atNs: number): void {
    if (condition.kind === 'xid') {
      if (this.xids.length >= MAX_XIDS) this.xids.shift();
      this.xids.push({ atNs, xid: condition.xid });
    } else if (condition.kind === 'ecc_errors') {
      this.eccCorrectedCount += condition.corrected ?? 0;
      this.eccUncorrectedCount += condition.uncorrected ?? 0;
    } else if (condition.kind === 'remapped_rows') {
      this.remappedCorrectedCount += condition.corrected ?? 0;
      this.remappedUncorrectedCount += condition.uncorrected ?? 0;
      this.isRemapPending = condition.pending ?? this.isRemapPending;
      this.hasRemapFailed = condition.failed ?? this.hasRemapFailed;
    } else if (condition.kind === 'link_errors' && condition.link === 'nvlink') {
      this.addLinkErrors(condition.index ?? 0, condition.count);
    }
  }

  /** A replay resends what a CRC error spoiled; each thousandth needs a recovery of the link. */
  addLinkErrors(linkIndex: number, count: number): void {
    const link = this.links[linkIndex];
    if (link === undefined) return;
    link.crcCount += count;
    link.replayCount += count;
    link.recoveryCount = Math.floor(link.replayCount / REPLAYS_PER_RECOVERY);
  }
}
