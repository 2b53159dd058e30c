import type { DuckDBValue } from '@duckdb/node-api';
import type {
  AgentRow,
  ChunkColumns,
  ClockOffset,
  DeadlineMiss,
  EpisodeRow,
  HostSample,
  Loss,
  RequestRow,
  RunRow,
  SampleFilter,
  SampleSeries,
  ServerSample,
  TraceEvent,
  TraceReader,
} from '@fluidscope/trace-schema';
import type { Database } from './database.js';
import { readChunks } from './read-chunks.js';
import { readSampleSeries } from './read-sample-series.js';
import { readError } from './storage-errors.js';
import {
  agentOf,
  clockOffsetOf,
  deadlineMissOf,
  episodeOf,
  eventOf,
  hostSampleOf,
  lossOf,
  requestRowOf,
  runRowOf,
  serverSampleOf,
  type SqlRow,
} from './row-readers.js';

/** Reads the views of a trace. Every query has a connection of its own: a stream of chunks blocks no other. */
export class DuckDbTraceReader implements TraceReader {
  readonly #path: string;
  readonly #database: Database;

  constructor(path: string, database: Database) {
    this.#path = path;
    this.#database = database;
  }

  async run(): Promise<RunRow> {
    const [run] = await this.#select('SELECT * FROM main.run', runRowOf);
    if (run === undefined)
      throw new Error('A trace has one row of run: this one was checked when it was opened');
    return run;
  }

  async requests(): Promise<readonly RequestRow[]> {
    return this.#select('SELECT * FROM main.requests ORDER BY request_index', requestRowOf);
  }

  async *chunks(): AsyncGenerator<ChunkColumns> {
    const connection = await this.#database.connect();
    try {
      yield* readChunks(connection);
    } catch (thrown) {
      throw readError(thrown, this.#path);
    } finally {
      connection.closeSync();
    }
  }

  async *deadlineMisses(): AsyncGenerator<readonly DeadlineMiss[]> {
    yield* this.#stream('SELECT * FROM main.deadline_misses ORDER BY request_index, seq', deadlineMissOf);
  }

  async episodes(): Promise<readonly EpisodeRow[]> {
    return this.#select('SELECT * FROM main.episodes ORDER BY start_ns, episode_id', episodeOf);
  }

  async events(
    filter: { readonly source?: string; readonly kind?: string } = {},
  ): Promise<readonly TraceEvent[]> {
    const { where, values } = whereEqual({ source: filter.source, kind: filter.kind });
    return this.#select(`SELECT * FROM main.events ${where} ORDER BY t_ns`, eventOf, values);
  }

  async losses(): Promise<readonly Loss[]> {
    return this.#select('SELECT * FROM main.losses ORDER BY from_ns', lossOf);
  }

  async hostSamples(
    filter: { readonly agentId?: string; readonly metric?: string } = {},
  ): Promise<readonly HostSample[]> {
    const { where, values } = whereEqual({ agent_id: filter.agentId, metric: filter.metric });
    return this.#select(`SELECT * FROM main.host_samples ${where} ORDER BY t_ns`, hostSampleOf, values);
  }

  async serverSamples(
    filter: { readonly endpoint?: string; readonly metric?: string } = {},
  ): Promise<readonly ServerSample[]> {
    const { where, values } = whereEqual({ endpoint: filter.endpoint, metric: filter.metric });
    return this.#select(`SELECT * FROM main.server_samples ${where} ORDER BY t_ns`, serverSampleOf, values);
  }

  async agents(): Promise<readonly AgentRow[]> {
    if (!(await this.#hasAgents())) return [];
    return this.#select('SELECT * FROM main.agents ORDER BY agent_index', agentOf);
  }

  async sampleSeries(filter: SampleFilter): Promise<readonly SampleSeries[]> {
    if (!(await this.#hasAgents())) return [];
    const connection = await this.#database.connect();
    try {
      return await readSampleSeries(connection, filter);
    } catch (thrown) {
      throw readError(thrown, this.#path);
    } finally {
      connection.closeSync();
    }
  }

  async clockOffsets(): Promise<readonly ClockOffset[]> {
    return this.#select('SELECT * FROM main.clock_offsets ORDER BY agent_id, t_ns', clockOffsetOf);
  }

  close(): Promise<void> {
    this.#database.close();
    return Promise.resolve();
  }

  /** Schema version 1 had no agents, and no rows of any. */
  async #hasAgents(): Promise<boolean> {
    const sql = `FROM duckdb_views() WHERE schema_name = 'main' AND view_name = 'agents'`;
    return (await this.#select(sql, () => true)).length > 0;
  }

  async #select<Row>(
    sql: string,
    rowOf: (row: SqlRow) => Row,
    values: Record<string, DuckDBValue> = {},
  ): Promise<readonly Row[]> {
    const rows: Row[] = [];
    for await (const batch of this.#stream(sql, rowOf, values)) for (const row of batch) rows.push(row);
    return rows;
  }

  /** A chunk of rows at a time: a row of DuckDB's values takes ten times the memory of what is made of it. */
  async *#stream<Row>(
    sql: string,
    rowOf: (row: SqlRow) => Row,
    values: Record<string, DuckDBValue> = {},
  ): AsyncGenerator<readonly Row[]> {
    const connection = await this.#database.connect();
    try {
      const result = await connection.stream(sql, values);
      for await (const chunk of result.yieldRowObjects()) yield chunk.map(rowOf);
    } catch (thrown) {
      throw readError(thrown, this.#path);
    } finally {
      connection.closeSync();
    }
  }
}

/** Rows of an agent whose clock was never probed have no run time: they are in the views alone. */
function whereEqual(filter: Readonly<Record<string, string | undefined>>): {
  where: string;
  values: Record<string, string>;
} {
  const values: Record<string, string> = {};
  for (const [column, value] of Object.entries(filter)) if (value !== undefined) values[column] = value;
  const conditions = Object.keys(values).map((column) => `${column} = $${column}`);
  return { where: `WHERE ${['t_ns IS NOT NULL', ...conditions].join(' AND ')}`, values };
}
