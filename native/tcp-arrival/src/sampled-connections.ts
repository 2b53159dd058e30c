import type { SampledConnection } from './connection-samples.js';

/** Whose connections the samples are of. One that is closed stays known to whoever takes its last sample. */
export class SampledConnections {
  readonly #byId = new Map<number, SampledConnection>();
  #isKept = false;
  #closedIds: number[] = [];
  #forgottenIds: number[] = [];

  get count(): number {
    return this.#byId.size;
  }

  /** Without it a connection is forgotten as it closes, for nobody takes its samples. */
  keep(isKept: boolean): void {
    this.#isKept = isKept;
  }

  opened(id: number, peer: string): void {
    this.#byId.set(id, { peer, requestId: undefined });
  }

  carry(id: number, requestId: string | undefined): void {
    const connection = this.#byId.get(id);
    if (connection !== undefined) this.#byId.set(id, { peer: connection.peer, requestId });
  }

  closed(id: number): void {
    if (this.#isKept) this.#closedIds.push(id);
    else this.#byId.delete(id);
  }

  /** For what was sampled up to now; good until the next call. */
  take(): ReadonlyMap<number, SampledConnection> {
    for (const id of this.#forgottenIds) this.#byId.delete(id);
    this.#forgottenIds = this.#closedIds;
    this.#closedIds = [];
    return this.#byId;
  }
}
