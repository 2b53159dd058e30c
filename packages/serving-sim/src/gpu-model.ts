import type { GpuBoard } from './gpu-boards.js';
import { CLOCK_REASONS, CONTROL_NS, GpuClock } from './gpu-clock.js';
import type { GpuCondition } from './gpu-condition.js';
import type { KvTransfer } from './kv-transfer.js';
import { GpuHealth } from './gpu-health.js';
import { GpuHistory } from './gpu-history.js';
import { loadAt, type GpuActivity, type GpuLoad } from './gpu-load.js';
import { healthyConditions, setCondition, type GpuConditions } from './gpu-settings.js';
import { GpuThermals } from './gpu-thermals.js';
import { zeroTotals, type GpuTotals } from './gpu-totals.js';

/** A span in which nothing changed: the truth behind the sensors. */
export interface GpuSegment {
  readonly fromNs: number;
  readonly toNs: number;
  readonly smMhz: number;
  readonly powerMilliwatts: number;
  readonly temperatureCelsius: number;
  readonly tensorRatio: number;
  readonly dramRatio: number;
  readonly isBusy: boolean;
  readonly reasonsMask: number;
}

/** What looks at a GPU at instants of its own, whoever advances it. */
export interface GpuObserver {
  /** When it looks next. */
  readonly nextNs: number;
  /** Called with the GPU at `nextNs`, which must then lie ahead. */
  observe(): void;
}

const POWER_WINDOW_NS = 50_000_000;
const IDLE_AFTER_NS = 500_000_000;
/** Replays a second on a link that has lost all of its bandwidth, while there is traffic; an estimate. */
const REPLAYS_PER_S = 500;

/**
 * One GPU's hidden truth in virtual time. `advance` integrates from change to change: the edges of what runs, the conditions' instants, the
 * turns of the control loops, which carry the temperature too. In between clock and power are constant, so the sums are exact however often
 * it is asked, and a change shows at its instant. All that changes is here; sensors only read.
 */
export class GpuModel {
  readonly conditions: GpuConditions;
  readonly totals: GpuTotals = zeroTotals();
  readonly health: GpuHealth;
  readonly powerHistory = new GpuHistory();
  smMhz: number;
  powerMilliwatts: number;
  reasonsMask: number = CLOCK_REASONS.idle;
  nowNs = 0;
  /** Called with each span as it ends, where somebody keeps the truth. */
  onSegment: ((segment: GpuSegment) => void) | undefined;
  private readonly observers: GpuObserver[] = [];
  private readonly clock: GpuClock;
  private readonly thermals: GpuThermals;
  private activity: GpuActivity | undefined;
  private heldUntilNs = 0;
  private lastBusyNs = -IDLE_AFTER_NS;
  private nextControlNs = 0;
  private controlledNs = 0;
  private controlledMillijoules = 0;
  /** Sums when the driver's counters last started from 0. */
  private counterBase: GpuTotals = zeroTotals();
  /** What comes over PCIe beside what runs. */
  private transfers: readonly KvTransfer[] = [];
  private pending: { readonly atNs: number; readonly condition: GpuCondition }[] = [];

  constructor(readonly board: GpuBoard) {
    this.conditions = healthyConditions(board);
    this.health = new GpuHealth(board.nvlinkCount);
    this.clock = new GpuClock(board);
    this.thermals = new GpuThermals(board);
    this.smMhz = board.idleSmMhz;
    this.powerMilliwatts = board.idleMilliwatts;
  }

  get temperatureCelsius(): number {
    return this.thermals.celsius(this.conditions);
  }

  /** For the rest of the GPU's life. */
  addObserver(observer: GpuObserver): void {
    this.observers.push(observer);
  }

  /** From its start on this is what runs; after its end the GPU idles. Advance to its start first. */
  run(activity: GpuActivity): void {
    this.activity = activity;
  }

  /** Comes over PCIe from its start, or from now, to its end. */
  receive(transfer: KvTransfer): void {
    const startNs = Math.max(transfer.startNs, this.nowNs);
    if (transfer.endNs > startNs) this.transfers = [...this.transfers, { ...transfer, startNs }];
  }

  /** Nothing of the engine runs for `durationNs` from `atNs`, to which it advances; the rest of what runs follows. */
  hold(atNs: number, durationNs: number): void {
    this.advance(atNs);
    const { activity } = this;
    if (activity !== undefined && activity.endNs > atNs) {
      const { spinFromNs } = activity;
      this.activity = {
        ...activity,
        endNs: activity.endNs + durationNs,
        ...(spinFromNs === undefined ? {} : { spinFromNs: spinFromNs + durationNs }),
      };
    }
    this.heldUntilNs = Math.max(this.heldUntilNs, atNs) + durationNs;
  }

  /** Lets a condition begin at `atNs`, exactly; one in the past begins now. */
  schedule(condition: GpuCondition, atNs: number): void {
    const { pending } = this;
    let index = pending.length;
    while (index > 0 && (pending[index - 1]?.atNs ?? 0) > atNs) index--;
    pending.splice(index, 0, { atNs, condition });
    this.applyDue();
  }

  /** The clock that the engine's work starting now runs at. */
  get workMhz(): number {
    const wokenNs = this.isIdle(this.nowNs) ? this.nowNs : undefined;
    return this.clock.workMhz(this.nowNs, this.conditions, wokenNs);
  }

  /** A sum as the driver's counter shows it: since its start or its last reset. */
  counted(key: keyof GpuTotals): number {
    return this.totals[key] - this.counterBase[key];
  }

  advance(toNs: number): void {
    while (this.nowNs < toNs) {
      if (this.nowNs >= this.nextControlNs) this.control();
      this.integrate(Math.min(toNs, this.nextChangeNs()));
      this.applyDue();
      for (const each of this.observers) while (each.nextNs <= this.nowNs) each.observe();
    }
  }

  private nextChangeNs(): number {
    const { nowNs, activity } = this;
    let nextNs = this.nextControlNs;
    const consider = (atNs: number | undefined): void => {
      if (atNs !== undefined && atNs > nowNs && atNs < nextNs) nextNs = atNs;
    };
    consider(activity?.startNs);
    consider(activity?.spinFromNs);
    consider(activity?.endNs);
    consider(this.heldUntilNs);
    consider(this.lastBusyNs + IDLE_AFTER_NS);
    consider(this.pending[0]?.atNs);
    for (const { startNs, endNs } of this.transfers) {
      consider(startNs);
      consider(endNs);
    }
    for (const each of this.observers) consider(each.nextNs);
    return nextNs;
  }

  private applyDue(): void {
    for (
      let first = this.pending[0];
      first !== undefined && first.atNs <= this.nowNs;
      first = this.pending[0]
    ) {
      this.pending.shift();
      this.begin(first.condition);
    }
  }

  private begin(condition: GpuCondition): void {
    setCondition(this.conditions, condition);
    this.health.book(condition, this.nowNs);
    if (condition.kind === 'link_errors' && condition.link === 'pcie')
      this.totals.pcieReplayCount += condition.count;
    if (condition.kind === 'counters_reset' || condition.kind === 'back')
      this.counterBase = { ...this.totals };
  }

  private isIdle(atNs: number): boolean {
    return atNs - this.lastBusyNs >= IDLE_AFTER_NS;
  }

  private integrate(toNs: number): void {
    const { board, conditions, nowNs: fromNs } = this;
    const activity = fromNs >= this.heldUntilNs ? this.activity : undefined;
    const load = loadAt(fromNs, activity, conditions);
    if (load.isBusy) {
      if (this.isIdle(fromNs)) this.clock.wake(fromNs);
      this.lastBusyNs = toNs;
    }
    const isIdle = this.isIdle(fromNs);
    this.smMhz = isIdle ? this.clock.idleMhz(conditions) : this.clock.workMhz(fromNs, conditions);
    this.reasonsMask = this.clock.reasonsMask(isIdle, conditions);
    this.powerMilliwatts =
      board.idleMilliwatts +
      board.dramMilliwatts * load.dramRatio +
      board.tensorMilliwatts * load.drawnRatio * (this.smMhz / board.maxSmMhz) ** 2.5 +
      this.thermals.leakageMilliwatts(conditions);
    this.book(load, toNs - fromNs);
    if (load.isOwn && activity !== undefined) this.bookTraffic(activity, toNs - fromNs);
    this.bookTransfers(toNs);
    this.nowNs = toNs;
    this.powerHistory.record(toNs, this.totals.energyMillijoules);
    this.report(fromNs, load);
  }

  private report(fromNs: number, { isBusy, tensorRatio, dramRatio }: GpuLoad): void {
    this.onSegment?.({
      fromNs,
      toNs: this.nowNs,
      smMhz: this.smMhz,
      powerMilliwatts: this.powerMilliwatts,
      temperatureCelsius: this.temperatureCelsius,
      tensorRatio,
      dramRatio,
      isBusy,
      reasonsMask: this.reasonsMask,
    });
  }

  private book(load: GpuLoad, elapsedNs: number): void {
    const { totals, reasonsMask } = this;
    totals.energyMillijoules += (this.powerMilliwatts * elapsedNs) / 1e9;
    if (load.isBusy) totals.busyNs += elapsedNs;
    if (load.isOwn) totals.ownBusyNs += elapsedNs;
    totals.foreignNs += elapsedNs * this.conditions.foreignRatio;
    totals.smNs += elapsedNs * load.smRatio;
    totals.tensorNs += elapsedNs * load.tensorRatio;
    totals.dramNs += elapsedNs * load.dramRatio;
    totals.ownDramNs += elapsedNs * load.ownDramRatio;
    if ((reasonsMask & CLOCK_REASONS.powerCap) !== 0) totals.powerCapNs += elapsedNs;
    if ((reasonsMask & CLOCK_REASONS.thermalSoftware) !== 0) totals.thermalNs += elapsedNs;
    if ((reasonsMask & CLOCK_REASONS.thermalHardware) !== 0) totals.thermalHardwareNs += elapsedNs;
    if ((reasonsMask & CLOCK_REASONS.powerBrake) !== 0) totals.powerBrakeNs += elapsedNs;
  }

  private bookTraffic(
    { startNs, endNs, pcieBytes = 0, nvlinkBytes = 0 }: GpuActivity,
    elapsedNs: number,
  ): void {
    const { totals, conditions } = this;
    const share = elapsedNs / (endNs - startNs);
    totals.pcieTxBytes += pcieBytes * share;
    totals.pcieRxBytes += pcieBytes * share;
    totals.nvlinkBytes += nvlinkBytes * share;
    const replays = (REPLAYS_PER_S * elapsedNs) / 1e9;
    totals.pcieReplayCount += replays * conditions.pcieLossRatio;
    if (conditions.nvlinkLossRatio > 0 && nvlinkBytes > 0)
      this.health.addLinkErrors(0, replays * conditions.nvlinkLossRatio);
  }

  private bookTransfers(toNs: number): void {
    if (this.transfers.length === 0) return;
    for (const { startNs, endNs, movedBytes } of this.transfers)
      if (startNs <= this.nowNs)
        this.totals.pcieRxBytes += (movedBytes * (toNs - this.nowNs)) / (endNs - startNs);
    this.transfers = this.transfers.filter(({ endNs }) => endNs > toNs);
  }

  private control(): void {
    const { conditions, thermals, totals, nowNs } = this;
    const elapsedNs = nowNs - this.controlledNs;
    if (elapsedNs > 0) {
      const meanMilliwatts = ((totals.energyMillijoules - this.controlledMillijoules) * 1e9) / elapsedNs;
      thermals.integrate(elapsedNs, meanMilliwatts, conditions);
    }
    this.controlledNs = nowNs;
    this.controlledMillijoules = totals.energyMillijoules;
    this.nextControlNs = nowNs + CONTROL_NS;
    const meanMilliwatts = this.powerHistory.mean(POWER_WINDOW_NS) * 1e9;
    this.clock.control(meanMilliwatts / conditions.powerLimitMilliwatts, this.temperatureCelsius);
  }
}
