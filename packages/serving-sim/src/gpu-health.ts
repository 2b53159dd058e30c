import type { GpuCondition } from './gpu-condition.js';

/** A link's errors, by NVML's three kinds. */
export interface LinkErrors {
  crcCount: number;
  replayCount: number;
  recoveryCount: number;
}

/** What the driver tells of at once: an XID, or the number of ECC errors that there are now. */
export interface GpuEvent {
  readonly kind: 'xid' | 'ecc_corrected' | 'ecc_uncorrected';
  readonly atNs: number;
  readonly value: number;
}

/** No list of events grows without end where nobody takes them. */
const MAX_EVENTS = 1_024;
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
  private events: GpuEvent[] = [];

  constructor(nvlinkCount: number) {
    this.links = Array.from({ length: nvlinkCount }, () => ({
      crcCount: 0,
      replayCount: 0,
      recoveryCount: 0,
    }));
  }

  /** Events since the last call, in order of time; the oldest are forgotten beyond a thousand. */
  takeEvents(): readonly GpuEvent[] {
    const taken = this.events;
    if (taken.length > 0) this.events = [];
    return taken;
  }

  /** Books what happens at once; conditions that hold are none of it. */
  book(condition: GpuCondition, atNs: number): void {
    if (condition.kind === 'xid') {
      this.tell({ kind: 'xid', atNs, value: condition.xid });
    } else if (condition.kind === 'ecc_errors') {
      const { corrected = 0, uncorrected = 0 } = condition;
      this.eccCorrectedCount += corrected;
      this.eccUncorrectedCount += uncorrected;
      if (corrected > 0) this.tell({ kind: 'ecc_corrected', atNs, value: this.eccCorrectedCount });
      if (uncorrected > 0) this.tell({ kind: 'ecc_uncorrected', atNs, value: this.eccUncorrectedCount });
    } else if (condition.kind === 'remapped_rows') {
      this.remappedCorrectedCount += condition.corrected ?? 0;
      this.remappedUncorrectedCount += condition.uncorrected ?? 0;
      this.isRemapPending = condition.pending ?? this.isRemapPending;
      this.hasRemapFailed = condition.failed ?? this.hasRemapFailed;
    } else if (condition.kind === 'link_errors' && condition.link === 'nvlink') {
      this.addLinkErrors(condition.index ?? 0, condition.count);
    }
  }

  private tell(event: GpuEvent): void {
    if (this.events.length >= MAX_EVENTS) this.events.shift();
    this.events.push(event);
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
