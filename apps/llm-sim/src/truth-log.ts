import { FluidscopeError, messageOf } from '@fluidscope/errors';
import { open, type FileHandle } from 'node:fs/promises';

const FLUSH_INTERVAL_MS = 1_000;
const BUFFER_BYTES = 65_536;
/** Above any row: an id of 41 characters and six numbers. */
const MAX_ROW_BYTES = 256;
const HEADER = 'response_id,token_index,write_mono_ns,written_mono_ns,due_mono_ns,iteration_index,backlog\n';

export interface TokenWrite {
  readonly responseId: string;
  readonly tokenIndex: number;
  /** CLOCK_MONOTONIC, read immediately before the bytes were handed to the kernel. */
  readonly writeMonoNs: bigint;
  /** The same clock when the kernel had them: what the process was preempted for in between is not the client's error. */
  readonly writtenMonoNs: bigint;
  /** When the engine's schedule said the token was ready. */
  readonly dueMonoNs: bigint;
  readonly iterationIndex: number;
  /** True when bytes were left for later because the client reads too slowly: the kernel got them after `writtenMonoNs`. */
  readonly isBacklogged: boolean;
}

/**
 * A CSV file of token writes. Rows become bytes as they come: kept as objects or joined strings until the flush they would
 * be most of what the garbage collector has to copy. The file is complete once closed.
 */
export class TruthLog {
  private buffer = Buffer.allocUnsafe(BUFFER_BYTES);
  private lengthBytes = 0;
  private writing: Promise<void> = Promise.resolve();
  private failure: FluidscopeError | undefined;
  private readonly timer: NodeJS.Timeout;

  private constructor(
    private readonly file: FileHandle,
    private readonly path: string,
    private readonly onFailure: (message: string) => void,
  ) {
    this.timer = setInterval(() => void this.flush(), FLUSH_INTERVAL_MS).unref();
  }

  /**
   * Creates the file; throws `FluidscopeError` when it exists or cannot be created. A write that fails later is told to
   * `onFailure` at once, ends the log, and is thrown by `close`.
   */
  static async create(path: string, onFailure: (message: string) => void): Promise<TruthLog> {
    try {
      const file = await open(path, 'wx');
      await file.appendFile(HEADER);
      return new TruthLog(file, path, onFailure);
    } catch (cause) {
      throw new FluidscopeError(
        `Expected to create the truth file ${path} but received: ${messageOf(cause)}`,
        {
          code: 'llm-sim.truth-file',
          hint: 'Name a file that does not exist yet, in a folder that can be written to.',
          cause,
        },
      );
    }
  }

  record(row: TokenWrite): void {
    if (this.lengthBytes + MAX_ROW_BYTES > BUFFER_BYTES) void this.flush();
    const line = `${row.responseId},${row.tokenIndex},${row.writeMonoNs},${row.writtenMonoNs},${row.dueMonoNs},${row.iterationIndex},${row.isBacklogged ? 1 : 0}\n`;
    this.lengthBytes += this.buffer.write(line, this.lengthBytes, 'latin1');
  }

  /** Writes what is left. Throws `FluidscopeError` when any write since the start failed. */
  async close(): Promise<void> {
    clearInterval(this.timer);
    await this.flush();
    await this.file.close();
    if (this.failure !== undefined) throw this.failure;
  }

  private flush(): Promise<void> {
    const bytes = this.buffer.subarray(0, this.lengthBytes);
    this.buffer = Buffer.allocUnsafe(BUFFER_BYTES);
    this.lengthBytes = 0;
    this.writing = this.writing.then(() => this.append(bytes));
    return this.writing;
  }

  private async append(bytes: Buffer): Promise<void> {
    if (bytes.length === 0 || this.failure !== undefined) return;
    try {
      await this.file.appendFile(bytes);
    } catch (cause) {
      this.failure = new FluidscopeError(
        `Expected to write the truth file ${this.path} but received: ${messageOf(cause)}`,
        { code: 'llm-sim.truth-file', hint: 'Free space on its disk and start again.', cause },
      );
      this.onFailure(this.failure.message);
    }
  }
}
