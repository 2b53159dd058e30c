import type { TraceReader } from './ports.js';
import type { RunRow } from './records.js';

/** A reader's methods as values: `{ ...methodsOf(reader), requests: … }` reads the same trace but for what it replaces. */
export function methodsOf(reader: TraceReader): TraceReader {
  return {
    run: () => reader.run(),
    requests: () => reader.requests(),
    chunks: () => reader.chunks(),
    deadlineMisses: () => reader.deadlineMisses(),
    episodes: () => reader.episodes(),
    events: (filter) => reader.events(filter),
    losses: () => reader.losses(),
    agents: () => reader.agents(),
    sampleSeries: (filter) => reader.sampleSeries(filter),
    clockOffsets: () => reader.clockOffsets(),
    hostSamples: (filter) => reader.hostSamples(filter),
    serverSamples: (filter) => reader.serverSamples(filter),
    close: () => reader.close(),
  };
}

/** The reader of a run that recorded nothing but that it was. */
export function emptyTrace(run: RunRow): TraceReader {
  return {
    run: () => Promise.resolve(run),
    requests: () => Promise.resolve([]),
    chunks: nothing,
    deadlineMisses: nothing,
    episodes: () => Promise.resolve([]),
    events: () => Promise.resolve([]),
    losses: () => Promise.resolve([]),
    agents: () => Promise.resolve([]),
    sampleSeries: () => Promise.resolve([]),
    clockOffsets: () => Promise.resolve([]),
    hostSamples: () => Promise.resolve([]),
    serverSamples: () => Promise.resolve([]),
    close: () => Promise.resolve(),
  };
}

function nothing(): AsyncIterable<never> {
  return {
    [Symbol.asyncIterator]: () => ({ next: () => Promise.resolve({ done: true, value: undefined }) }),
  };
}
