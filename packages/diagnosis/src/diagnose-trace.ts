import { DEFAULT_DEADLINES, type Deadlines } from '@fluidscope/metrics';
import { readRecordedConfig, type TraceReader } from '@fluidscope/trace-schema';
import { durationNs } from '@fluidscope/units';
import { metricsRead } from './causes/index.js';
import { diagnose, type Diagnosis } from './diagnose.js';
import { unanswered } from './left-out.js';
import { readStreams } from './read-streams.js';
import { ACTIVITY_METRICS } from './sensor-lag.js';
import { readTelemetry } from './telemetry/read-telemetry.js';
import { resolvedTopology } from './telemetry/resolved-topology.js';
import { servingSources } from './telemetry/serving-sources.js';
import type { TokenStream } from './token-stream.js';

/** Deadlines to judge by instead of the run's own. */
export type AskedDeadlines = { readonly [Name in keyof Deadlines]?: Deadlines[Name] | undefined };

/**
 * The diagnosis of a whole trace, by the deadlines of its run unless others are asked for. Requests with first-token deadlines of their own are held
 * to those, unless one for all is asked for.
 */
export async function diagnoseTrace(reader: TraceReader, asked: AskedDeadlines = {}): Promise<Diagnosis> {
  const run = await reader.run();
  const recorded = readRecordedConfig(run.config);
  const ofRun = deadlinesOf(recorded);
  const gpu = [...new Set([...metricsRead('gpu'), ...ACTIVITY_METRICS])];
  const telemetry = await readTelemetry(reader, { gpu, host: metricsRead('host') });
  const streams = await readStreams(reader);
  const diagnosis = diagnose(
    asked.ttftDeadlineNs === undefined ? streams : streams.map(withoutOwnDeadline),
    {
      ttftDeadlineNs: asked.ttftDeadlineNs ?? ofRun.ttftDeadlineNs,
      tbtDeadlineNs: asked.tbtDeadlineNs ?? ofRun.tbtDeadlineNs,
    },
    servingSources(telemetry, resolvedTopology(recorded?.topology, await reader.agents())),
  );
  return {
    ...diagnosis,
    ownTtftDeadlines: asked.ttftDeadlineNs === undefined ? ownDeadlinesOf(streams) : undefined,
    leftOut: [...unanswered(await reader.requests()), ...diagnosis.leftOut],
    isCutShort: run.end === undefined,
  };
}

function ownDeadlinesOf(streams: readonly TokenStream[]): Diagnosis['ownTtftDeadlines'] {
  const own = streams.flatMap(({ timings }) => timings.ttftDeadlineNs ?? []);
  return own.length === 0
    ? undefined
    : own.reduce(
        (range, ns) => ({
          shortestNs: Math.min(range.shortestNs, ns),
          longestNs: Math.max(range.longestNs, ns),
        }),
        { shortestNs: Infinity, longestNs: -Infinity },
      );
}

function withoutOwnDeadline(stream: TokenStream): TokenStream {
  return { ...stream, timings: { ...stream.timings, ttftDeadlineNs: undefined } };
}

function deadlinesOf(recorded: ReturnType<typeof readRecordedConfig>): Deadlines {
  return recorded === undefined
    ? DEFAULT_DEADLINES
    : {
        ttftDeadlineNs: durationNs(recorded.ttft_deadline_ns),
        tbtDeadlineNs: durationNs(recorded.tbt_deadline_ns),
      };
}
