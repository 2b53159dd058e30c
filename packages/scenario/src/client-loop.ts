import { windowAt, type Window } from './timing-windows.js';

/** The kernel's stamp is taken in the interrupt; the loop's own when it comes round to the socket. */
const KERNEL_STAMP_NS = 5_000;
const KERNEL_ERROR_NS = 10_000;
const TURN_NS = 60_000;
const SEND_NS = 40_000;

/** The load generator's event loop: when it may be late, and what that does to stamps and sends. */
export class ClientLoop {
  /** `blocked`: when it stands still; ascending, apart. */
  constructor(
    private readonly stamps: 'kernel' | 'user',
    readonly blocked: readonly Window[],
  ) {}

  /** The first instant from `atNs` on at which it does anything. */
  freeNs(atNs: number): number {
    return windowAt(this.blocked, atNs)?.toNs ?? atNs;
  }

  sentNs(intendedNs: number): number {
    return this.freeNs(intendedNs) + SEND_NS;
  }

  stampNs(arrivalNs: number): number {
    return this.stamps === 'kernel' ? arrivalNs + KERNEL_STAMP_NS : this.freeNs(arrivalNs) + TURN_NS;
  }

  /** How much earlier the true arrival may have been, as the client itself can tell: since it last looked. */
  stampErrorNs(arrivalNs: number, stampedNs: number): number {
    if (this.stamps === 'kernel') return KERNEL_ERROR_NS;
    const blocked = windowAt(this.blocked, arrivalNs);
    return blocked === undefined ? 2 * TURN_NS : stampedNs - blocked.fromNs + TURN_NS;
  }
}
