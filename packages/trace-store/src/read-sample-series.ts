import type { DuckDBConnection, DuckDBDataChunk, DuckDBValue } from '@duckdb/node-api';
import type { SampleFilter, SampleSeries } from '@fluidscope/trace-schema';
import { alignedFrom, AGENT_TIME_SQL } from './alignment.js';
import { recorded } from './view.js';

/** DOUBLE holds every integer to 2^53 and is a number of JavaScript; a BIGINT would be a BigInt a value. */
const SELECT_SQL = `SELECT taken.series_index, CAST(${AGENT_TIME_SQL} AS DOUBLE) AS t_ns, taken.value, taken.flags % 2 AS fresh,
  CAST(piece.bound_ns AS DOUBLE) AS bound_ns FROM ${alignedFrom('agent_samples', `JOIN ${recorded('agent_series')} AS series USING (series_index)`)}`;

interface SeriesKey {
  readonly agentId: string;
  readonly gpuUuid: string | undefined;
  readonly metric: string;
  readonly subId: number;
}

/** The samples of a trace that pass the filter, by series, each in order of time. */
export async function readSampleSeries(
  connection: DuckDBConnection,
  filter: SampleFilter,
): Promise<readonly SampleSeries[]> {
  const keys = await readKeys(connection, filter);
  if (keys.size === 0) return [];
  const conditions = [
    `taken.series_index IN (${[...keys.keys()].join(', ')})`,
    't_ns IS NOT NULL',
    filter.fromNs === undefined ? '' : `t_ns >= ${filter.fromNs}`,
    filter.toNs === undefined ? '' : `t_ns <= ${filter.toNs}`,
  ].filter((condition) => condition !== '');
  const sql = `${SELECT_SQL} WHERE ${conditions.join(' AND ')} ORDER BY taken.series_index, t_ns`;
  return collect(await connection.stream(sql), keys);
}

async function readKeys(
  connection: DuckDBConnection,
  { scope, metrics, agentId, gpuUuid }: SampleFilter,
): Promise<ReadonlyMap<number, SeriesKey>> {
  const values: Record<string, DuckDBValue> = { scope };
  const conditions = ['series.scope = $scope'];
  const equal = (column: string, name: string, value: string | undefined): void => {
    if (value === undefined) return;
    values[name] = value;
    conditions.push(`${column} = $${name}`);
  };
  equal('agent_id', 'agent_id', agentId);
  equal('gpu_uuid', 'gpu_uuid', gpuUuid);
  const named = metrics.map((metric, index) => {
    values[`metric_${index}`] = metric;
    return `$metric_${index}`;
  });
  if (named.length === 0) return new Map();
  conditions.push(`series.metric IN (${named.join(', ')})`);
  const sql = `SELECT DISTINCT series_index, agent_id, gpu_uuid, metric, sub_id FROM ${recorded('agent_series')} AS series
    JOIN ${recorded('agents')} USING (agent_index) WHERE ${conditions.join(' AND ')} ORDER BY series_index`;
  const rows = (await connection.runAndReadAll(sql, values)).getRows();
  return new Map(rows.map(keyOf));
}

function keyOf([series, agentId, gpuUuid, metric, subId]: readonly DuckDBValue[]): [number, SeriesKey] {
  return [
    Number(series),
    {
      agentId: String(agentId),
      gpuUuid: gpuUuid === null ? undefined : String(gpuUuid),
      metric: String(metric),
      subId: Number(subId),
    },
  ];
}

interface Growing {
  readonly timesNs: number[];
  readonly values: number[];
  readonly fresh: number[];
  readonly boundsNs: number[];
}

async function collect(
  result: { fetchChunk(): Promise<DuckDBDataChunk | null> },
  keys: ReadonlyMap<number, SeriesKey>,
): Promise<readonly SampleSeries[]> {
  const found = new Map<number, Growing>();
  for (;;) {
    const chunk = await result.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) break;
    addRows(found, chunk);
  }
  return [...found]
    .flatMap(([series, growing]) => {
      const key = keys.get(series);
      return key === undefined ? [] : [seriesOf(key, growing)];
    })
    .toSorted(bySeries);
}

function addRows(found: Map<number, Growing>, chunk: DuckDBDataChunk): void {
  const [series = [], times = [], values = [], fresh = [], bounds = []] = chunk.getColumns();
  for (let row = 0; row < chunk.rowCount; row++) {
    const index = Number(series[row]);
    let growing = found.get(index);
    if (growing === undefined) {
      growing = { timesNs: [], values: [], fresh: [], boundsNs: [] };
      found.set(index, growing);
    }
    growing.timesNs.push(Number(times[row]));
    growing.values.push(numberOf(values[row]));
    growing.fresh.push(Number(fresh[row]));
    growing.boundsNs.push(numberOf(bounds[row]));
  }
}

function numberOf(value: DuckDBValue | undefined): number {
  return typeof value === 'number' ? value : NaN;
}

function seriesOf(key: SeriesKey, { timesNs, values, fresh, boundsNs }: Growing): SampleSeries {
  return {
    ...key,
    timeNs: Float64Array.from(timesNs),
    value: Float64Array.from(values),
    fresh: Uint8Array.from(fresh),
    boundNs: Float64Array.from(boundsNs),
  };
}

function bySeries(a: SampleSeries, b: SampleSeries): number {
  const names = (series: SampleSeries): string[] => [series.agentId, series.gpuUuid ?? '', series.metric];
  const [of, other] = [names(a), names(b)];
  const at = of.findIndex((name, index) => name !== other[index]);
  if (at < 0) return a.subId - b.subId;
  return (of[at] ?? '') < (other[at] ?? '') ? -1 : 1;
}
