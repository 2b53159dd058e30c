import { AGENT_EVENTS, AGENT_SERIES, AGENTS, CLOCK_PIECES, CLOCK_PROBES } from './agent-tables.js';
import {
  AGENTS_VIEW,
  CLOCK_OFFSETS_VIEW,
  CLOCK_PROBES_VIEW,
  GPU_SAMPLES_VIEW,
  HOST_SAMPLES_VIEW,
} from './agent-views.js';
import { AGENT_SAMPLES, CHUNK_TOKEN_COUNTS, CHUNKS } from './column-tables.js';
import { EPISODES_VIEW, EVENTS_VIEW, LOSSES_VIEW, SERVER_SAMPLES_VIEW } from './host-views.js';
import {
  DEADLINE_MISSES,
  EPISODE_MISSES,
  EPISODES,
  EVENTS,
  HOST_SAMPLES,
  LOSSES,
  REQUEST_ENDS,
  REQUEST_STARTS,
  RUN_END,
  RUN_START,
  SERVER_SAMPLES,
} from './recorded-tables.js';
import { REQUESTS_VIEW } from './requests-view.js';
import { CHUNKS_VIEW, DEADLINE_MISSES_VIEW, RUN_VIEW } from './run-views.js';
import { TABLE_SCHEMA } from './table-appender.js';
import { createViewSql, recorded, type View } from './view.js';

/** Every view of a trace, in the order in which they are documented and exported. */
export const TRACE_VIEWS: readonly View[] = [
  RUN_VIEW,
  REQUESTS_VIEW,
  CHUNKS_VIEW,
  GPU_SAMPLES_VIEW,
  HOST_SAMPLES_VIEW,
  SERVER_SAMPLES_VIEW,
  EVENTS_VIEW,
  LOSSES_VIEW,
  CLOCK_OFFSETS_VIEW,
  CLOCK_PROBES_VIEW,
  AGENTS_VIEW,
  DEADLINE_MISSES_VIEW,
  EPISODES_VIEW,
];

export const TRACE_VIEW_NAMES: readonly string[] = TRACE_VIEWS.map(({ name }) => name);

const TABLES = [
  RUN_START,
  RUN_END,
  REQUEST_STARTS,
  REQUEST_ENDS,
  CHUNKS,
  CHUNK_TOKEN_COUNTS,
  DEADLINE_MISSES,
  EPISODES,
  EPISODE_MISSES,
  HOST_SAMPLES,
  SERVER_SAMPLES,
  EVENTS,
  LOSSES,
  AGENTS,
  AGENT_SERIES,
  AGENT_SAMPLES,
  AGENT_EVENTS,
  CLOCK_PROBES,
  CLOCK_PIECES,
];

/** Every table behind the views. */
export const TABLE_NAMES: readonly string[] = TABLES.map(({ name }) => name);

/** Makes an empty trace of schema version `TRACE_SCHEMA_VERSION` out of an empty database: in one transaction, for each is a sync. */
export function createSchemaSql(): string {
  const tables = TABLES.map((table) => createTableSql(table, 'CREATE TABLE'));
  const views = TRACE_VIEWS.map((view) => createViewSql(view));
  return ['BEGIN', `CREATE SCHEMA ${TABLE_SCHEMA}`, ...tables, ...views, 'COMMIT'].join(';\n');
}

/**
 * Empties what a diagnosis fills, and makes it where an older trace lacks it: that is all that ever changes in a trace that was
 * recorded.
 */
export function clearEpisodesSql(): readonly string[] {
  return [
    ...[EPISODES, EPISODE_MISSES].map((table) => createTableSql(table, 'CREATE OR REPLACE TABLE')),
    ...[EPISODES_VIEW, DEADLINE_MISSES_VIEW].map((view) => createViewSql(view, 'CREATE OR REPLACE VIEW')),
  ];
}

interface TableColumns {
  readonly name: string;
  readonly columns: readonly { readonly name: string; readonly type: { toString(): string } }[];
}

function createTableSql({ name, columns }: TableColumns, create: string): string {
  const defined = columns.map((column) => `${column.name} ${column.type.toString()}`);
  return `${create} ${recorded(name)} (${defined.join(', ')})`;
}
