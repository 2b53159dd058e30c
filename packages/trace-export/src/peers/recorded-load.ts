import type { Json } from '@fluidscope/trace-schema';
import { z } from 'zod';

const text = z.string().optional().catch(undefined);
const number = z.number().optional().catch(undefined);

const loadSchema = z.looseObject({
  url: text,
  model: text,
  endpoint_type: text,
  max_in_flight_count: number,
  workload: z
    .looseObject({
      arrivals: z
        .looseObject({ kind: text, ratePerS: number, burstiness: number, concurrencyCount: number })
        .optional()
        .catch(undefined),
    })
    .optional()
    .catch(undefined),
});

/** What peers say of the load itself; each `undefined` where the trace does not hold it. */
export interface RecordedLoad {
  readonly url: string | undefined;
  readonly model: string | undefined;
  readonly endpointType: string | undefined;
  /** Infinity for a closed loop and for everything at once; `undefined` where there is no one rate. */
  readonly ratePerS: number | undefined;
  /** Of a gamma process; 1 is Poisson. */
  readonly burstiness: number | undefined;
  readonly mostInFlightCount: number | undefined;
}

export function readRecordedLoad(config: Json): RecordedLoad {
  const { data } = loadSchema.safeParse(config);
  const arrivals = data?.workload?.arrivals;
  const isUnpaced = arrivals?.kind === 'closed_loop' || arrivals?.kind === 'all_at_once';
  return {
    url: data?.url,
    model: data?.model,
    endpointType: data?.endpoint_type,
    ratePerS: isUnpaced ? Infinity : arrivals?.ratePerS,
    burstiness: arrivals?.kind === 'poisson' ? 1 : arrivals?.burstiness,
    mostInFlightCount: arrivals?.concurrencyCount ?? data?.max_in_flight_count,
  };
}
