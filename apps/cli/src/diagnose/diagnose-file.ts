import { diagnoseTrace, episodeRecords, type AskedDeadlines, type Diagnosis } from '@fluidscope/diagnosis';
import { messageOf } from '@fluidscope/errors';
import { readTraceSources, type TraceSources } from '@fluidscope/report';
import { withEngineLog } from '@fluidscope/server-metrics';
import type { TraceReader } from '@fluidscope/trace-schema';
import { recordEpisodes } from '@fluidscope/trace-store';
import { engineLogProblems, placeEngineLogFile } from '../engine-log/engine-log-file.js';
import type { PrefillDeadlines } from '../prefill/deadline-flags.js';
import { openJudgedReader } from '../prefill/open-judged-reader.js';

/** Deadlines to judge by instead of the run's own. */
export type AskedJudgement = AskedDeadlines & {
  readonly prefill?: PrefillDeadlines | undefined;
  /** A log of the serving engine to read beside the trace. */
  readonly engineLogPath?: string | undefined;
};

export interface DiagnosedFile {
  readonly diagnosis: Diagnosis;
  readonly sources: TraceSources;
  /** Why the trace's view of episodes was left as it was, for people; `undefined` where it now holds this diagnosis. */
  readonly notRecordedBecause: string | undefined;
  /** What the engine's log did not give, for people. */
  readonly logProblems: readonly string[];
}

/** Diagnoses a trace, and records the episodes in it where it was judged by its own deadlines and may be written. */
export async function diagnoseFile(path: string, asked: AskedJudgement = {}): Promise<DiagnosedFile> {
  const read = await readAndDiagnose(path, asked);
  if ((asked.ttftDeadlineNs ?? asked.tbtDeadlineNs ?? asked.prefill) !== undefined)
    return { ...read, notRecordedBecause: 'it was judged by other deadlines than the run’s' };
  if (asked.engineLogPath !== undefined)
    return { ...read, notRecordedBecause: 'it was judged with a log that is not in the trace' };
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
): Promise<Omit<DiagnosedFile, 'notRecordedBecause'>> {
  const opened = await openJudgedReader(path, asked.prefill);
  try {
    const { reader, logProblems } = await besideEngineLog(opened, asked.engineLogPath);
    const diagnosis = await diagnoseTrace(reader, asked);
    return { diagnosis, sources: await readTraceSources(reader), logProblems };
  } finally {
    await opened.close();
  }
}

async function besideEngineLog(
  reader: TraceReader,
  path: string | undefined,
): Promise<{ readonly reader: TraceReader; readonly logProblems: readonly string[] }> {
  if (path === undefined) return { reader, logProblems: [] };
  const { startedWallNs, end } = await reader.run();
  const log = await placeEngineLogFile(path, {
    startedWallNs,
    endedNs: end?.endedNs ?? (await lastEndNs(reader)),
  });
  return { reader: withEngineLog(reader, log), logProblems: engineLogProblems(path, log) };
}

/** Of a trace cut short: when its last request that ended did. */
async function lastEndNs(reader: TraceReader): Promise<number> {
  return (await reader.requests()).reduce((lastNs, { endedNs }) => Math.max(lastNs, endedNs ?? 0), 0);
}
