import { diagnoseTrace, episodeRecords, type AskedDeadlines, type Diagnosis } from '@fluidscope/diagnosis';
import { messageOf } from '@fluidscope/errors';
import { readTraceSources, type TraceSources } from '@fluidscope/report';
import { recordEpisodes } from '@fluidscope/trace-store';
import type { PrefillDeadlines } from '../prefill/deadline-flags.js';
import { openJudgedReader } from '../prefill/open-judged-reader.js';

/** Deadlines to judge by instead of the run's own. */
export type AskedJudgement = AskedDeadlines & { readonly prefill?: PrefillDeadlines | undefined };

export interface DiagnosedFile {
  readonly diagnosis: Diagnosis;
  readonly sources: TraceSources;
  /** Why the trace's view of episodes was left as it was, for people; `undefined` where it now holds this diagnosis. */
  readonly notRecordedBecause: string | undefined;
}

/** Diagnoses a trace, and records the episodes in it where it was judged by its own deadlines and may be written. */
export async function diagnoseFile(path: string, asked: AskedJudgement = {}): Promise<DiagnosedFile> {
  const read = await readAndDiagnose(path, asked);
  if ((asked.ttftDeadlineNs ?? asked.tbtDeadlineNs ?? asked.prefill) !== undefined)
    return { ...read, notRecordedBecause: 'it was judged by other deadlines than the run’s' };
  try {
    await recordEpisodes(path, episodeRecords(read.diagnosis));
    return { ...read, notRecordedBecause: undefined };
  } catch (thrown) {
    return { ...read, notRecordedBecause: messageOf(thrown) };
  }
}

async function readAndDiagnose(
  path: string,
  asked: AskedJudgement,
): Promise<Pick<DiagnosedFile, 'diagnosis' | 'sources'>> {
  const reader = await openJudgedReader(path, asked.prefill);
  try {
    return { diagnosis: await diagnoseTrace(reader, asked), sources: await readTraceSources(reader) };
  } finally {
    await reader.close();
  }
}
