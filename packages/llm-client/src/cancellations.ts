/** Someone whom a signal may cancel. */
export interface Cancellable {
  cancel(message: string): void;
}

interface Together {
  readonly members: Set<Cancellable>;
  readonly onAbort: () => void;
}

/**
 * One listener a signal, however many requests it may cancel. A run shares one signal among thousands of
 * requests, and an `AbortSignal` walks all of its listeners to add or to remove one.
 */
export class Cancellations {
  readonly #bySignal = new Map<AbortSignal, Together>();

  /** `signal` must not be aborted yet. */
  add(signal: AbortSignal, one: Cancellable): void {
    const known = this.#bySignal.get(signal);
    if (known !== undefined) {
      known.members.add(one);
      return;
    }
    const members = new Set([one]);
    const onAbort = (): void => {
      // A copy: each member removes itself as it ends.
      for (const member of [...members]) member.cancel('Cancelled by the caller');
    };
    this.#bySignal.set(signal, { members, onAbort });
    signal.addEventListener('abort', onAbort);
  }

  /** Forgets a request that has ended; one that was never added is no matter. */
  remove(signal: AbortSignal, one: Cancellable): void {
    const known = this.#bySignal.get(signal);
    if (known?.members.delete(one) !== true || known.members.size > 0) return;
    this.#bySignal.delete(signal);
    signal.removeEventListener('abort', known.onAbort);
  }
}
