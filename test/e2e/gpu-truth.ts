import { attachTrace } from './attached-trace.js';

const MS = 1_000_000;
/** By metric: the truth's field, how long a value may be old (refresh and window), its step, and the sensor's noise as a ratio. */
const SENSORS = {
  power_instant_mw: { field: 'power_mw', oldNs: 125 * MS, step: 1, noiseRatio: 0.01 },
  sm_clock_mhz: { field: 'sm_mhz', oldNs: 20 * MS, step: 15, noiseRatio: 0 },
  temperature_gpu_celsius: { field: 'temperature_celsius', oldNs: 100 * MS, step: 1, noiseRatio: 0 },
} as const;
/** The simulator shows a value 4 ms after its time, at its next turn of 10 ms; the rest is for an event loop that is late itself. */
const PUBLISHED_WITHIN_NS = 50 * MS;

export const SCORED_METRICS = Object.keys(SENSORS);

export interface SampleScore {
  readonly metric: string;
  readonly samples: number;
  /** How many lie between the least and the most that the GPU really had within what their time allows. */
  readonly within: number;
}

/**
 * Samples of a trace against the simulator's own log of what its GPUs did, where clocks are one: `agent_mono_ns` is the time of both. A
 * mean over a window lies between the extremes of the spans that it can have seen. The log is of the GPUs in the order of their UUIDs.
 */
export async function scoreSamples(tracePath: string, gpuTruth: string): Promise<readonly SampleScore[]> {
  const trace = await attachTrace(tracePath);
  try {
    const scores = await Promise.all(
      Object.entries(SENSORS).map(async ([metric, { field, oldNs, step, noiseRatio }]) => {
        const [row] = await trace.rows<{ samples: bigint; within: bigint }>(`
          WITH spans AS (
            SELECT gpu, from_mono_ns::BIGINT AS from_ns, to_mono_ns::BIGINT AS to_ns, ${field}::DOUBLE AS truth
            FROM read_json('${gpuTruth}', format = 'newline_delimited') WHERE gpu IS NOT NULL),
          samples AS (
            SELECT dense_rank() OVER (ORDER BY gpu_uuid) - 1 AS gpu, agent_mono_ns AS at_ns, value
            FROM gpu_samples WHERE metric = '${metric}'),
          judged AS (
            SELECT samples.gpu, at_ns, value, min(truth) AS least, max(truth) AS most
            FROM samples JOIN spans ON spans.gpu = samples.gpu AND spans.from_ns <= at_ns
              AND spans.to_ns >= at_ns - ${oldNs + PUBLISHED_WITHIN_NS}
            GROUP BY ALL)
          SELECT count(*) AS samples, count(*) FILTER (WHERE value BETWEEN least * ${1 - noiseRatio} - ${step}
            AND most * ${1 + noiseRatio} + ${step}) AS within
          FROM judged`);
        return { metric, samples: Number(row?.samples), within: Number(row?.within) };
      }),
    );
    return scores.toSorted((left, right) => left.metric.localeCompare(right.metric));
  } finally {
    trace.close();
  }
}
