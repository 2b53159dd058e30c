import type { ArrivalStamp } from './arrival-stamp.js';

interface Run {
  bytesCount: number;
  readonly stamp: ArrivalStamp;
}

/** What lies in one stream, first to last, as runs of bytes of one stamp. */
export class StampRuns {
  readonly #runs: Run[] = [];
  #readStamp: ArrivalStamp | undefined;

  /** The stamp of the bytes that were read or emitted last. */
  get readStamp(): ArrivalStamp | undefined {
    return this.#readStamp;
  }

  /** Bytes go past the stream, or did not after all. */
  set readStamp(stamp: ArrivalStamp | undefined) {
    this.#readStamp = stamp;
  }

  get isEmpty(): boolean {
    return this.#runs.length === 0;
  }

  /** Reads from the stream, by `readBytes`, at most the bytes of the first run. */
  read(
    mostBytes: number | undefined,
    readBytes: (mostBytes: number | undefined) => Buffer | null,
  ): Buffer | null {
    const [run] = this.#runs;
    if (run === undefined || mostBytes === 0) return readBytes(mostBytes);
    this.#readStamp = run.stamp;
    const isAll = mostBytes === undefined || Number.isNaN(mostBytes);
    const wantedBytes = isAll ? run.bytesCount : Math.min(mostBytes, run.bytesCount);
    // Taken off first: in flowing mode the stream hands the bytes on within its own `read`.
    run.bytesCount -= wantedBytes;
    if (run.bytesCount === 0) this.#runs.shift();
    const bytes = readBytes(wantedBytes);
    if (bytes === null) this.putBack(wantedBytes, run.stamp);
    return bytes;
  }

  /** Pushes bytes into the stream, by `pushBytes`; a flowing stream that is empty emits them without a `read`. */
  push<Answer>(
    bytesCount: number,
    stamp: ArrivalStamp,
    pushBytes: () => Answer,
    isEmitted: () => boolean,
  ): Answer {
    if (bytesCount === 0) return pushBytes();
    const before = this.#readStamp;
    const run = { bytesCount, stamp };
    this.#runs.push(run);
    if (this.#runs.length === 1) this.#readStamp = stamp;
    const answer = pushBytes();
    if (this.#runs[0] !== run) return answer;
    if (isEmitted()) this.#runs.shift();
    else this.#readStamp = before;
    return answer;
  }

  putBack(bytesCount: number, stamp: ArrivalStamp | undefined): void {
    if (stamp !== undefined) this.#runs.unshift({ bytesCount, stamp });
  }

  clear(): void {
    this.#runs.length = 0;
  }
}
