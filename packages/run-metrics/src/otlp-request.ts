import type { MetricObjectWithValues, MetricValue, Registry } from 'prom-client';
import { ALL_METRICS, ATTRIBUTES, type Label, type MetricSpec } from './metric-table.js';

export interface OtlpResource {
  readonly runId: string;
  readonly version: string;
  readonly startedWallNs: bigint;
}

/** Of OTLP: values count from the start of the run. */
const CUMULATIVE = 2;

/**
 * The registry's metrics as the JSON of an OTLP `ExportMetricsServiceRequest`: `POST /v1/metrics`, application/json. 64-bit numbers are texts, as
 * protobuf's JSON has them. A metric without a value yet is left out.
 */
export async function otlpRequest(
  registry: Registry,
  { runId, version, startedWallNs }: OtlpResource,
  nowWallNs: bigint,
): Promise<object> {
  const times = { startTimeUnixNano: String(startedWallNs), timeUnixNano: String(nowWallNs) };
  const read = (await registry.getMetricsAsJSON()) as readonly MetricObjectWithValues<MetricValue<string>>[];
  const byName = new Map(read.map((metric) => [metric.name, metric]));
  const metrics = ALL_METRICS.flatMap((spec) => {
    const metric = byName.get(spec.prometheusName);
    return metric === undefined || metric.values.length === 0 ? [] : [otlpMetric(spec, metric, times)];
  });
  const attributes = {
    'service.name': 'fluidscope',
    'service.version': version,
    'service.instance.id': runId,
  };
  return {
    resourceMetrics: [
      {
        resource: { attributes: attributesOf(attributes) },
        scopeMetrics: [{ scope: { name: 'fluidscope', version }, metrics }],
      },
    ],
  };
}

type Read = MetricObjectWithValues<MetricValue<string>>;
type Times = Readonly<Record<'startTimeUnixNano' | 'timeUnixNano', string>>;

function otlpMetric({ otelName, unit, help }: MetricSpec, metric: Read, times: Times): object {
  const named = { name: otelName, unit, description: help };
  // prom-client names the types by numbers in its types and by words at run time.
  switch (String(metric.type)) {
    case 'histogram':
      return {
        ...named,
        histogram: { aggregationTemporality: CUMULATIVE, dataPoints: histogramPoints(metric, times) },
      };
    case 'counter':
      return {
        ...named,
        sum: {
          aggregationTemporality: CUMULATIVE,
          isMonotonic: true,
          dataPoints: metric.values.map((value) => numberPoint(value, times)),
        },
      };
    default:
      return { ...named, gauge: { dataPoints: metric.values.map((value) => numberPoint(value, times)) } };
  }
}

function numberPoint({ value, labels }: MetricValue<string>, times: Times): object {
  return { attributes: labelAttributes(labels), ...times, asInt: String(value) };
}

interface Growing {
  readonly labels: Readonly<Record<string, string | number>>;
  readonly bounds: number[];
  readonly cumulative: number[];
  sum: number;
  count: number;
}

/** Prometheus' buckets hold all that is below their bound; OTLP's what is between it and the one before, with one more above the last. */
function histogramPoints({ values, name }: Read, times: Times): object[] {
  const points = new Map<string, Growing>();
  for (const { value, labels: all, metricName } of values as readonly (MetricValue<string> & {
    readonly metricName?: string;
  })[]) {
    const { le, ...labels } = all as Readonly<Record<string, string | number>>;
    const key = JSON.stringify(labels);
    const point = points.get(key) ?? { labels, bounds: [], cumulative: [], sum: 0, count: 0 };
    points.set(key, point);
    if (metricName === `${name}_sum`) point.sum = value;
    else if (metricName === `${name}_count`) point.count = value;
    else if (typeof le === 'number') {
      point.bounds.push(le);
      point.cumulative.push(value);
    }
  }
  return [...points.values()].map(({ labels, bounds, cumulative, sum, count }) => ({
    attributes: labelAttributes(labels),
    ...times,
    count: String(count),
    sum,
    explicitBounds: bounds,
    bucketCounts: [...cumulative, count].map((value, index) => String(value - (cumulative[index - 1] ?? 0))),
  }));
}

function labelAttributes(labels: Readonly<Record<string, string | number | undefined>>): object[] {
  const named = Object.entries(labels).flatMap(([label, value]) =>
    value === undefined ? [] : [[isLabel(label) ? ATTRIBUTES[label] : label, String(value)] as const],
  );
  return attributesOf(Object.fromEntries(named));
}

function isLabel(label: string): label is Label {
  return Object.hasOwn(ATTRIBUTES, label);
}

function attributesOf(values: Readonly<Record<string, string>>): object[] {
  return Object.entries(values).map(([key, value]) =>
    key === ATTRIBUTES.server_port
      ? { key, value: { intValue: value } }
      : { key, value: { stringValue: value } },
  );
}
