import { diagnosisJson } from '@fluidscope/diagnosis';
import { messageOf } from '@fluidscope/errors';
import { formatDiagnosisBrief, type RunSummary } from '@fluidscope/report';
import type { Json } from '@fluidscope/trace-schema';
import { diagnoseFile, type DiagnosedFile } from '../diagnose/diagnose-file.js';

/** What a run's end has to say of why deadlines were missed. */
export type RunDiagnosis =
  | { readonly kind: 'diagnosed'; readonly file: DiagnosedFile }
  /** For people; `undefined` where nobody wants to hear of it. */
  | { readonly kind: 'left_out'; readonly reason: string | undefined };

/** How much there is to diagnose. */
export interface RunExtent {
  readonly fluidity: Pick<RunSummary['fluidity'], 'totalDeadlinesCount'>;
  readonly stamps: Pick<RunSummary['stamps'], 'chunksBySource'>;
}

/** What a diagnosis takes of memory grows with the chunks: half a GiB for a million (`npm run bench -- diagnose`), and some to spare. */
const BYTES_PER_CHUNK = 800;
/** Of what the machine has left, so much may be taken for what nobody asked for by name. */
const MOST_MEMORY_RATIO = 0.5;
/** Beyond this it takes minutes, and is left to a command of its own. */
const MOST_CHUNKS_COUNT = 10_000_000;

/** Diagnoses the trace of a run that has ended. Never throws: whatever it meets, the run has been recorded. */
export async function diagnoseRun(tracePath: string, { fluidity, stamps }: RunExtent): Promise<RunDiagnosis> {
  const chunksCount = stamps.chunksBySource.kernel + stamps.chunksBySource.user;
  if (fluidity.totalDeadlinesCount === 0) return { kind: 'left_out', reason: undefined };
  const mostCount = mostChunksCount(process.availableMemory());
  if (chunksCount > mostCount)
    return {
      kind: 'left_out',
      reason: `this run has ${chunksCount} chunks, more than the ${mostCount} that are diagnosed at once with the memory there is`,
    };
  try {
    return { kind: 'diagnosed', file: await diagnoseFile(tracePath) };
  } catch (thrown) {
    return { kind: 'left_out', reason: messageOf(thrown) };
  }
}

/** How many chunks are diagnosed at a run's end with so much memory left. */
export function mostChunksCount(availableBytes: number): number {
  return Math.min(MOST_CHUNKS_COUNT, Math.floor((MOST_MEMORY_RATIO * availableBytes) / BYTES_PER_CHUNK));
}

export function runDiagnosisText(told: RunDiagnosis, tracePath: string, columns: number): string {
  const whole = `fluidscope diagnose ${tracePath}`;
  if (told.kind === 'left_out')
    return told.reason === undefined ? '' : `\nDiagnosis\n  left out: ${told.reason}\n  by hand: ${whole}\n`;
  const { diagnosis, sources, notRecordedBecause } = told.file;
  const notRecorded =
    notRecordedBecause === undefined ? '' : `  the episodes are not in the trace: ${notRecordedBecause}\n`;
  const more = diagnosis.missedCount === 0 ? '' : `  every episode and its evidence: ${whole}\n`;
  return `\n${formatDiagnosisBrief(diagnosis, { sources, columns })}${notRecorded}${more}`;
}

export function runDiagnosisJson(told: RunDiagnosis): Json {
  return told.kind === 'diagnosed'
    ? { diagnosis: diagnosisJson(told.file.diagnosis), diagnosis_left_out: null }
    : { diagnosis: null, diagnosis_left_out: told.reason ?? null };
}
