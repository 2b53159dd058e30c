import { FluidscopeError, messageOf } from '@fluidscope/errors';
import type { GpuSegment } from '@fluidscope/serving-sim';
import { createWriteStream, openSync, type WriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import type { GpuFault } from './gpu-fault.js';

const CHUNK_CHARACTERS = 65_536;
/** A disk that falls this far behind ends the log rather than fill the memory. */
const MAX_BACKLOG_BYTES = 64 * 1_048_576;

/**
 * The hidden truth of every GPU as NDJSON: a line for each span in which nothing changed, 20 ms at most, and one for each fault. Times are
 * strings of ns of CLOCK_MONOTONIC. The file is complete once closed.
 */
export class GpuTruthLog {
  private readonly stream: WriteStream;
  private readonly open = new Map<number, GpuSegment>();
  private text = '';
  private failure: unknown;

  /** Creates the file; throws `FluidscopeError` when it exists or cannot be created. */
  constructor(
    private readonly path: string,
    private readonly toMonoNs: (atNs: number) => bigint,
  ) {
    try {
      this.stream = createWriteStream('', { fd: openSync(path, 'wx') });
    } catch (cause) {
      throw this.problem('create', cause);
    }
    this.stream.on('error', (cause) => {
      this.failure ??= cause;
    });
  }

  /** Spans of one GPU come in order; one that goes on as the last did lengthens it. */
  segment(gpuIndex: number, segment: GpuSegment): void {
    const before = this.open.get(gpuIndex);
    if (before !== undefined && isSame(before, segment)) {
      this.open.set(gpuIndex, { ...segment, fromNs: before.fromNs });
      return;
    }
    if (before !== undefined) this.writeSegment(gpuIndex, before);
    this.open.set(gpuIndex, segment);
  }

  fault(fault: GpuFault, atMonoNs: bigint): void {
    this.write(JSON.stringify({ mono_ns: String(atMonoNs), fault }));
  }

  /** Writes what is left. Throws `FluidscopeError` when any write since the start failed. */
  async close(): Promise<void> {
    for (const [gpuIndex, segment] of this.open) this.writeSegment(gpuIndex, segment);
    this.open.clear();
    this.flush();
    this.stream.end();
    await finished(this.stream).catch((cause: unknown) => {
      this.failure ??= cause;
    });
    if (this.failure !== undefined) throw this.problem('write', this.failure);
  }

  private writeSegment(gpuIndex: number, segment: GpuSegment): void {
    this.write(
      JSON.stringify({
        gpu: gpuIndex,
        from_mono_ns: String(this.toMonoNs(segment.fromNs)),
        to_mono_ns: String(this.toMonoNs(segment.toNs)),
        sm_mhz: segment.smMhz,
        power_mw: Math.round(segment.powerMilliwatts),
        temperature_celsius: Number(segment.temperatureCelsius.toFixed(3)),
        tensor_ratio: Number(segment.tensorRatio.toFixed(6)),
        dram_ratio: Number(segment.dramRatio.toFixed(6)),
        busy: segment.isBusy,
        reasons_mask: segment.reasonsMask,
      }),
    );
  }

  private write(line: string): void {
    this.text += `${line}\n`;
    if (this.text.length >= CHUNK_CHARACTERS) this.flush();
  }

  private flush(): void {
    const { text } = this;
    this.text = '';
    if (this.stream.writableLength > MAX_BACKLOG_BYTES)
      this.failure ??= new Error(`its disk is ${MAX_BACKLOG_BYTES} bytes behind`);
    if (this.failure === undefined) this.stream.write(text);
  }

  private problem(verb: 'create' | 'write', cause: unknown): FluidscopeError {
    return new FluidscopeError(
      `Expected to ${verb} the GPU truth file ${this.path} but received: ${messageOf(cause)}`,
      {
        code: 'llm-sim.gpu-truth-file',
        hint: 'Name a file that does not exist yet, in a folder with room that can be written to.',
        cause,
      },
    );
  }
}

function isSame(before: GpuSegment, segment: GpuSegment): boolean {
  return (
    before.toNs === segment.fromNs &&
    before.smMhz === segment.smMhz &&
    before.powerMilliwatts === segment.powerMilliwatts &&
    before.temperatureCelsius === segment.temperatureCelsius &&
    before.tensorRatio === segment.tensorRatio &&
    before.dramRatio === segment.dramRatio &&
    before.isBusy === segment.isBusy &&
    before.reasonsMask === segment.reasonsMask
  );
}
