import { DEFAULT_DEADLINES, type Deadlines } from '@fluidscope/metrics';
import { readRecordedConfig, type TraceReader } from '@fluidscope/trace-schema';
import { durationNs } from '@fluidscope/units';
import { metricsRead } from './causes/index.js';
import { diagnose, type Diagnosis } from './diagnose.js';
import { unanswered } from './left-out.js';
import { readStreams } from './read-streams.js';
import { ACTIVITY_METRICS } from './sensor-lag.js';
import { readTelemetry } from './telemetry/read-telemetry.js';
import { servingSources } from './telemetry/serving-sources.js';

/** Deadlines to judge by instead of the run's own. */
export type AskedDeadlines = { readonly [Name in keyof Deadlines]?: Deadlines[Name] | undefined };

/** The diagnosis of a whole trace, by the deadlines of its run unless others are asked for. */
export async function diagnoseTrace(reader: TraceReader, asked: AskedDeadlines = {}): Promise<Diagnosis> {
  const run = await reader.run();
  const recorded = readRecordedConfig(run.config);
  const ofRun = deadlinesOf(recorded);
  const gpu = [...new Set([...metricsRead('gpu'), ...ACTIVITY_METRICS])];
  const telemetry = await readTelemetry(reader, { gpu, host: metricsRead('host') });
  const diagnosis = diagnose(
    await readStreams(reader),
    {
      ttftDeadlineNs: asked.ttftDeadlineNs ?? ofRun.ttftDeadlineNs,
      tbtDeadlineNs: asked.tbtDeadlineNs ?? ofRun.tbtDeadlineNs,
    },
    servingSources(telemetry, recorded?.topology),
  );
  return {
    ...diagnosis,
    leftOut: [...unanswered(await reader.requests()), ...diagnosis.leftOut],
    isCutShort: run.end === undefined,
  };
}

function deadlinesOf(recorded: ReturnType<typeof readRecordedConfig>): Deadlines {
  return recorded === undefined
    ? DEFAULT_DEADLINES
    : {
        ttftDeadlineNs: durationNs(recorded.ttft_deadline_ns),
        tbtDeadlineNs: durationNs(recorded.tbt_deadline_ns),
      };
}
