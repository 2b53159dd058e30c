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

/**
 * What a diagnosis takes grows with the chunks (half a GiB for a million), and a load generator may have little: beyond so many it is left to
 * a command of its own.
 */
const MOST_CHUNKS_COUNT = 1_000_000;

/** Diagnoses the trace of a run that has ended. Never throws: whatever it meets, the run has been recorded. */
export async function diagnoseRun(tracePath: string, { fluidity, stamps }: RunExtent): Promise<RunDiagnosis> {
  const chunksCount = stamps.chunksBySource.kernel + stamps.chunksBySource.user;
  if (fluidity.totalDeadlinesCount === 0) return { kind: 'left_out', reason: undefined };
  if (chunksCount > MOST_CHUNKS_COUNT)
    return {
      kind: 'left_out',
      reason: `this run has ${chunksCount} chunks, more than the ${MOST_CHUNKS_COUNT} that are diagnosed at once`,
    };
  try {
    return { kind: 'diagnosed', file: await diagnoseFile(tracePath) };
  } catch (thrown) {
    return { kind: 'left_out', reason: messageOf(thrown) };
  }
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
