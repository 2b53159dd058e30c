import type { RequestTerm } from '@fluidscope/slo';
import {
  aiperfRecords,
  aiperfSummary,
  perfettoTrace,
  readMeasuredRun,
  vllmResult,
} from '@fluidscope/trace-export';
import { openTraceReader } from '@fluidscope/trace-store';
import type { TraceReader } from '@fluidscope/trace-schema';
import { join } from 'node:path';
import { refuseExisting, writePieces, type WrittenFile } from './write-pieces.js';

/** Shapes that scripts for other load testers read. */
export const PEER_FORMATS = ['aiperf', 'vllm'] as const;
export type PeerFormat = (typeof PEER_FORMATS)[number];

export const FOREIGN_FORMATS = ['perfetto', ...PEER_FORMATS] as const;
export type ForeignFormat = (typeof FOREIGN_FORMATS)[number];

/** AIPerf's names are its own; vLLM's bench makes one of the model and the time, which no script could know before. */
const FILE_NAMES: Readonly<Record<ForeignFormat, readonly string[]>> = {
  perfetto: ['trace.pftrace'],
  aiperf: ['profile_export_aiperf.json', 'profile_export.jsonl'],
  vllm: ['vllm_bench.json'],
};

export interface ForeignExport {
  readonly format: ForeignFormat;
  readonly folder: string;
  readonly mayReplace: boolean;
  readonly signal: AbortSignal;
  /** Counts requests that meet it, for the formats that have goodput. */
  readonly slo?: readonly RequestTerm[];
  readonly onProgress?: (stage: string, doneRatio: number) => void;
  /** What the file lacks, for people. */
  readonly onNote?: (note: string) => void;
}

/** Writes a trace in the format of another tool. Throws before anything is written where a file is there that may not be replaced. */
export async function exportForeign(
  tracePath: string,
  options: ForeignExport,
): Promise<readonly WrittenFile[]> {
  const paths = FILE_NAMES[options.format].map((name) => join(options.folder, name));
  refuseExisting(paths, options.mayReplace);
  const reader = await openTraceReader(tracePath);
  try {
    const written: WrittenFile[] = [];
    const contents = await contentsOf(reader, options);
    for (const [index, pieces] of contents.entries())
      written.push(await writePieces(paths[index] ?? '', pieces, options.signal));
    return written;
  } finally {
    await reader.close();
  }
}

type Pieces = AsyncIterable<Uint8Array | string> | Iterable<Uint8Array | string>;

/** In the order of the format's file names. */
async function contentsOf(reader: TraceReader, options: ForeignExport): Promise<readonly Pieces[]> {
  const { format, slo, onProgress, onNote } = options;
  if (format === 'perfetto') {
    if ((await reader.episodes()).length === 0)
      onNote?.(
        'no stall episodes are in this trace: fluidscope diagnose puts them there, where it finds any',
      );
    return [perfettoTrace(reader, ({ stage, doneRatio }) => onProgress?.(stage, doneRatio))];
  }
  const measured = await readMeasuredRun(reader, slo);
  if (format === 'vllm') return [vllmResult(measured)];
  return [[`${JSON.stringify(aiperfSummary(measured), undefined, 2)}\n`], aiperfRecords(measured)];
}
