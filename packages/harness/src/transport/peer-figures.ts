/** What one interval's samples say of the connections to one peer, by the metric's name. */
export class PeerFigures {
  readonly #sampledIds = new Set<number>();
  readonly #values = new Map<string, number>();

  /** A connection counts once an interval, however often it was sampled. */
  addConnection(socketId: number): void {
    this.#sampledIds.add(socketId);
  }

  max(metric: string, value: number): void {
    this.#values.set(metric, Math.max(this.#values.get(metric) ?? 0, value));
  }

  sum(metric: string, value: number): void {
    this.#values.set(metric, (this.#values.get(metric) ?? 0) + value);
  }

  entries(): readonly (readonly [metric: string, value: number])[] {
    return [['tcp_connections_count', this.#sampledIds.size], ...this.#values];
  }
}
