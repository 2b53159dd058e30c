import type {
  AgentEventRow,
  AgentRow,
  AgentSeries,
  ClockPiece,
  ClockProbeRow,
} from '@fluidscope/trace-schema';
import { bigintColumn, doubleColumn, indexColumn, jsonColumn, textColumn } from './recorded-columns.js';
import type { RecordedTable } from './recorded-tables.js';

/** What stands for -Infinity in a BIGINT: below every time that a double can hold exactly. */
const BEFORE_ALL_NS = -(2n ** 62n);

/** One row when the agent was met, and one for each change of its description. */
export const AGENTS: RecordedTable<AgentRow> = {
  name: 'agents',
  columns: [
    indexColumn('agent_index', (row) => row.agentIndex),
    textColumn('agent_id', (row) => row.agentId),
    textColumn('url', (row) => row.url),
    bigintColumn('origin_mono_ns', (row) => row.originMonoNs),
    jsonColumn('description', (row) => row.description),
    bigintColumn('t_ns', (row) => row.timeNs),
  ],
};

export const AGENT_SERIES: RecordedTable<AgentSeries> = {
  name: 'agent_series',
  columns: [
    indexColumn('series_index', (row) => row.seriesIndex),
    indexColumn('agent_index', (row) => row.agentIndex),
    textColumn('scope', (row) => row.scope),
    textColumn('gpu_uuid', (row) => row.gpuUuid),
    textColumn('metric', (row) => row.metric),
    indexColumn('sub_id', (row) => row.subId),
  ],
};

export const AGENT_EVENTS: RecordedTable<AgentEventRow> = {
  name: 'agent_events',
  columns: [
    indexColumn('agent_index', (row) => row.agentIndex),
    bigintColumn('agent_ns', (row) => row.agentNs),
    textColumn('source', (row) => row.source),
    textColumn('kind', (row) => row.kind),
    jsonColumn('detail', (row) => row.detail),
  ],
};

export const CLOCK_PROBES: RecordedTable<ClockProbeRow> = {
  name: 'clock_probes',
  columns: [
    indexColumn('agent_index', (row) => row.agentIndex),
    bigintColumn('t1_ns', (row) => row.t1Ns),
    bigintColumn('t2_agent_ns', (row) => row.t2AgentNs),
    bigintColumn('t3_agent_ns', (row) => row.t3AgentNs),
    bigintColumn('t4_ns', (row) => row.t4Ns),
  ],
};

export const CLOCK_PIECES: RecordedTable<ClockPiece> = {
  name: 'clock_pieces',
  columns: [
    indexColumn('agent_index', (row) => row.agentIndex),
    indexColumn('revision', (row) => row.revision),
    bigintColumn('from_agent_ns', (row) => (row.fromAgentNs === -Infinity ? BEFORE_ALL_NS : row.fromAgentNs)),
    bigintColumn('agent_ns', (row) => row.agentNs),
    bigintColumn('run_ns', (row) => row.runNs),
    doubleColumn('skew_ratio', (row) => row.skewRatio),
    bigintColumn('bound_ns', (row) => row.boundNs),
  ],
};
