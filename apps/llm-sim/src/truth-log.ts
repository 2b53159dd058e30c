import { FluidscopeError, messageOf } from '@fluidscope/errors';
import { open, type FileHandle } from 'node:fs/promises';

const FLUSH_INTERVAL_MS = 1_000;
/** Keeps each write to the disk, and the copy that it takes, short. */
const FLUSH_CHARS = 65_536;
const HEADER = 'response_id,token_index,write_mono_ns,due_mono_ns,iteration_index,backlog\n';

export interface TokenWrite {
  readonly responseId: string;
  readonly tokenIndex: number;
  /** CLOCK_MONOTONIC, read immediately before the bytes were handed to the kernel. */
  readonly writeMonoNs: bigint;
  /** When the engine's schedule said the token was ready. */
  readonly dueMonoNs: bigint;
  readonly iterationIndex: number;
  /** True when earlier bytes still waited in this process for the client to read: the kernel got the token later than stamped. */
  readonly isBacklogged: boolean;
}

/**
 * A CSV file of token writes. Rows are put into words as they come, so that the flush each second stalls nothing;
 * the file is complete once closed.
 */
export class TruthLog {
  private pendingText = '';
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
    this.pendingText += `${row.responseId},${row.tokenIndex},${row.writeMonoNs},${row.dueMonoNs},${row.iterationIndex},${row.isBacklogged ? 1 : 0}\n`;
    if (this.pendingText.length >= FLUSH_CHARS) void this.flush();
  }

  /** Writes what is left. Throws `FluidscopeError` when any write since the start failed. */
  async close(): Promise<void> {
    clearInterval(this.timer);
    await this.flush();
    await this.file.close();
    if (this.failure !== undefined) throw this.failure;
  }

  private flush(): Promise<void> {
    const text = this.pendingText;
    this.pendingText = '';
    this.writing = this.writing.then(() => this.append(text));
    return this.writing;
  }

  private async append(text: string): Promise<void> {
    if (text === '' || this.failure !== undefined) return;
    try {
      await this.file.appendFile(text);
    } catch (cause) {
      this.failure = new FluidscopeError(
        `Expected to write the truth file ${this.path} but received: ${messageOf(cause)}`,
        { code: 'llm-sim.truth-file', hint: 'Free space on its disk and start again.', cause },
      );
      this.onFailure(this.failure.message);
    }
  }
}
