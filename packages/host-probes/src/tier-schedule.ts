import { HOST_TIERS, type HostTier } from '@fluidscope/trace-schema';
import { NS_PER_S } from '@fluidscope/units';

/** Readings a second of each tier. */
export type HostRates = Readonly<Record<HostTier, number>>;

export interface DueTier {
  readonly tier: HostTier;
  /** How long after its slot it is due. */
  readonly latenessNs: bigint;
  /** Slots before this one that passed unread. */
  readonly missedCount: number;
}

/** Slots at fixed distances from the start: a late reading does not shift those after it, and a missed slot is counted, not made up for. */
export class TierSchedule {
  readonly #tiers: { readonly tier: HostTier; readonly periodNs: bigint; dueNs: bigint }[];

  constructor(startNs: bigint, rates: HostRates) {
    this.#tiers = HOST_TIERS.map((tier) => ({
      tier,
      periodNs: BigInt(Math.round(NS_PER_S / rates[tier])),
      dueNs: startNs,
    }));
  }

  /** The tiers whose slot has come; their next slot is the first one after now. */
  takeDue(nowNs: bigint): readonly DueTier[] {
    const due: DueTier[] = [];
    for (const each of this.#tiers) {
      if (each.dueNs > nowNs) continue;
      const missed = (nowNs - each.dueNs) / each.periodNs;
      const slotNs = each.dueNs + missed * each.periodNs;
      // The lateness is that of the slot whose wake-up this is, the first unread one.
      due.push({ tier: each.tier, latenessNs: nowNs - each.dueNs, missedCount: Number(missed) });
      each.dueNs = slotNs + each.periodNs;
    }
    return due;
  }

  get nextDueNs(): bigint {
    return this.#tiers.reduce(
      (least, { dueNs }) => (dueNs < least ? dueNs : least),
      this.#tiers[0]?.dueNs ?? 0n,
    );
  }
}
