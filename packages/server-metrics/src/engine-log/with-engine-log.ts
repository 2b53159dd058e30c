import { methodsOf, type TraceReader } from '@fluidscope/trace-schema';
import type { PlacedEngineLog } from './place-engine-log.js';

/**
 * The trace as it would read had its run recorded this log. What the engine's page was scraped for stays as scraped, more often than a log tells it, and nothing is
 * added that the trace has already. The trace itself is not written to.
 */
export function withEngineLog(reader: TraceReader, log: PlacedEngineLog): TraceReader {
  return {
    ...methodsOf(reader),
    serverSamples: async (filter) => {
      const recorded = new Set((await reader.serverSamples({})).map(({ metric }) => metric));
      const added = log.samples.filter(
        ({ endpoint, metric }) =>
          !recorded.has(metric) &&
          (filter.endpoint ?? endpoint) === endpoint &&
          (filter.metric ?? metric) === metric,
      );
      return [...(await reader.serverSamples(filter)), ...added].toSorted((a, b) => a.timeNs - b.timeNs);
    },
    events: async (filter) => {
      const sources = new Set((await reader.events()).map(({ source }) => source));
      const added = log.events.filter(
        ({ source, kind }) =>
          !sources.has(source) && (filter?.source ?? source) === source && (filter?.kind ?? kind) === kind,
      );
      return [...(await reader.events(filter)), ...added].toSorted((a, b) => a.timeNs - b.timeNs);
    },
  };
}
