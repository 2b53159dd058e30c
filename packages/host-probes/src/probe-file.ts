import { closeSync, openSync, readSync } from 'node:fs';

const BUFFER_BYTES = 256 * 1024;
/** The kernel hands out lists page by page; a reading of less than half a page was the last one, for no line is as long. */
const LAST_PART_BYTES = 2048;

/** Where readings are held while they are parsed: one for all files of one thread. */
export function createReadBuffer(): Buffer {
  return Buffer.allocUnsafe(BUFFER_BYTES);
}

/** A file of /proc or /sys that stays open: read from its start it gives the state of that moment, without a path walk. */
export class ProbeFile implements Disposable {
  readonly path: string;
  readonly #descriptor: number;

  /** @throws the system's error when the file cannot be opened */
  constructor(path: string) {
    this.path = path;
    this.#descriptor = openSync(path, 'r');
  }

  /** Reads the file's text of now and returns its length, cut at the buffer's end. @throws the system's error, such as ESRCH when the process is gone */
  read(buffer: Buffer): number {
    let length = 0;
    while (length < buffer.length) {
      const part = readSync(this.#descriptor, buffer, length, buffer.length - length, length);
      length += part;
      if (part < LAST_PART_BYTES) break;
    }
    return length;
  }

  [Symbol.dispose](): void {
    closeSync(this.#descriptor);
  }
}
