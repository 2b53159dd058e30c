import { AGENT_TIME_SQL, AGENTS_SQL, alignedFrom, alignedSql, PIECES_SQL } from './alignment.js';
import { recorded, type View, type ViewColumn } from './view.js';

const NEVER_PROBED = 'the agent’s clock was never probed';

const SERIES_JOIN = `JOIN ${recorded('agent_series')} AS series USING (series_index)`;

const SAMPLES_SQL = alignedFrom('agent_samples', SERIES_JOIN);

const METRIC: ViewColumn = {
  name: 'metric',
  type: 'VARCHAR',
  meaning: 'What was read; the name ends in its unit.',
};

const VALUE: ViewColumn = {
  name: 'value',
  type: 'DOUBLE',
  meaning: 'The value, in the unit that the metric’s name ends in.',
  nullWhen: 'the source gave no finite number',
};

export const GPU_SAMPLES_VIEW: View = {
  name: 'gpu_samples',
  row: 'One reading of one sensor of a GPU.',
  from: `${SAMPLES_SQL} WHERE series.scope = 'gpu'`,
  orderBy: 't_ns',
  columns: [
    { name: 'agent_id', type: 'VARCHAR', sql: 'agent.agent_id', meaning: 'The agent that read it.' },
    {
      name: 'gpu_uuid',
      type: 'VARCHAR',
      sql: 'series.gpu_uuid',
      meaning: 'The GPU.',
      nullWhen: 'the agent did not name it',
    },
    { ...METRIC, sql: 'series.metric' },
    {
      name: 't_ns',
      type: 'BIGINT',
      sql: AGENT_TIME_SQL,
      meaning: 'When it was read: just before the call. For a mean, its end.',
      nullWhen: NEVER_PROBED,
    },
    { ...VALUE, sql: 'taken.value' },
    {
      name: 'fresh',
      type: 'BOOLEAN',
      sql: 'taken.flags % 2 = 1',
      meaning: 'False when the value repeats the sensor’s previous refresh.',
    },
    {
      name: 'sub_id',
      type: 'BIGINT',
      sql: 'series.sub_id',
      meaning: 'What within the GPU: 0 the whole, an NVLink’s number + 1, a pid, a MIG instance’s id + 1.',
    },
    {
      name: 'bound_ns',
      type: 'BIGINT',
      sql: 'piece.bound_ns',
      meaning: 'The true time is at most this far from `t_ns`.',
      nullWhen: NEVER_PROBED,
    },
    {
      name: 'agent_mono_ns',
      type: 'BIGINT',
      sql: 'agent.origin_mono_ns + taken.agent_ns',
      meaning: 'The same time on the agent’s own CLOCK_MONOTONIC.',
    },
    { name: 'call_ns', type: 'BIGINT', sql: 'taken.call_ns', meaning: 'What reading it took.' },
    {
      name: 'sensor_ns',
      type: 'BIGINT',
      sql: alignedSql('taken.sensor_ns'),
      meaning: 'The driver’s own time of it, or the start of the mean.',
      nullWhen: 'the driver gave no time and it is no mean',
    },
    {
      name: 'new_epoch',
      type: 'BOOLEAN',
      sql: 'taken.flags // 2 % 2 = 1',
      meaning: 'True when a counter went down before it: do not subtract across it.',
    },
  ],
};

const HOST_SAMPLES_SQL = `(SELECT agent_id, metric, t_ns, value, 0 AS sub_id, 0 AS bound_ns, NULL AS agent_mono_ns, NULL AS call_ns
    FROM ${recorded('host_samples')}
  UNION ALL SELECT agent.agent_id, series.metric, ${AGENT_TIME_SQL}, taken.value, series.sub_id, piece.bound_ns,
    agent.origin_mono_ns + taken.agent_ns, taken.call_ns FROM ${SAMPLES_SQL} WHERE series.scope = 'host')`;

export const HOST_SAMPLES_VIEW: View = {
  name: 'host_samples',
  row: 'One reading of a host.',
  from: HOST_SAMPLES_SQL,
  orderBy: 't_ns',
  columns: [
    {
      name: 'agent_id',
      type: 'VARCHAR',
      meaning: 'The agent that read it; `client` for the load generator’s own host.',
    },
    METRIC,
    { name: 't_ns', type: 'BIGINT', meaning: 'When it was sampled.', nullWhen: NEVER_PROBED },
    VALUE,
    {
      name: 'sub_id',
      type: 'BIGINT',
      meaning:
        'What within the host, by metric: 0 the whole, a CPU’s, interface’s or NUMA node’s number + 1, a pid.',
    },
    {
      name: 'bound_ns',
      type: 'BIGINT',
      meaning: 'The true time is at most this far from `t_ns`; 0 for the client’s own clock.',
      nullWhen: NEVER_PROBED,
    },
    {
      name: 'agent_mono_ns',
      type: 'BIGINT',
      meaning: 'The same time on the agent’s own CLOCK_MONOTONIC.',
      nullWhen: 'it is the client’s own',
    },
    {
      name: 'call_ns',
      type: 'BIGINT',
      meaning: 'What reading it took.',
      nullWhen: 'it is the client’s own',
    },
  ],
};

export const CLOCK_OFFSETS_VIEW: View = {
  name: 'clock_offsets',
  row: 'The offset between an agent’s clock and the client’s where a piece of the last fit begins; it is a line to the next.',
  from: `${PIECES_SQL} AS piece JOIN ${AGENTS_SQL} AS agent USING (agent_index) CROSS JOIN ${recorded('run_start')} AS run_start`,
  orderBy: 'agent_id, t_ns',
  columns: [
    { name: 'agent_id', type: 'VARCHAR', sql: 'agent.agent_id', meaning: 'The agent.' },
    { name: 't_ns', type: 'BIGINT', sql: 'piece.run_ns', meaning: 'When it was so.' },
    {
      name: 'offset_ns',
      type: 'BIGINT',
      sql: '(agent.origin_mono_ns + piece.agent_ns) - (run_start.started_mono_ns + piece.run_ns)',
      meaning: 'The agent’s CLOCK_MONOTONIC minus the client’s: 0 on one machine.',
    },
    {
      name: 'bound_ns',
      type: 'BIGINT',
      sql: 'piece.bound_ns',
      meaning: 'The true offset is at most this far from the line, until the next row.',
    },
  ],
};

export const CLOCK_PROBES_VIEW: View = {
  name: 'clock_probes',
  row: 'One exchange of stamps with an agent: what the offsets are fitted to.',
  from: `${recorded('clock_probes')} AS probe JOIN ${AGENTS_SQL} AS agent USING (agent_index)`,
  orderBy: 't1_ns',
  columns: [
    { name: 'agent_id', type: 'VARCHAR', sql: 'agent.agent_id', meaning: 'The agent.' },
    { name: 't1_ns', type: 'BIGINT', sql: 'probe.t1_ns', meaning: 'When the client sent it.' },
    {
      name: 't2_mono_ns',
      type: 'BIGINT',
      sql: 'agent.origin_mono_ns + probe.t2_agent_ns',
      meaning: 'When the agent got it, on its own CLOCK_MONOTONIC.',
    },
    {
      name: 't3_mono_ns',
      type: 'BIGINT',
      sql: 'agent.origin_mono_ns + probe.t3_agent_ns',
      meaning: 'When the agent answered, on its own CLOCK_MONOTONIC.',
    },
    { name: 't4_ns', type: 'BIGINT', sql: 'probe.t4_ns', meaning: 'When the client got the answer.' },
    {
      name: 'delay_ns',
      type: 'BIGINT',
      sql: '(probe.t4_ns - probe.t1_ns) - (probe.t3_agent_ns - probe.t2_agent_ns)',
      meaning: 'Time on the way, both ways: half of it bounds the error of this probe alone.',
    },
  ],
};

export const AGENTS_VIEW: View = {
  name: 'agents',
  row: 'One agent that sent samples.',
  from: `${AGENTS_SQL} AS agent`,
  orderBy: 'agent_index',
  columns: [
    {
      name: 'agent_id',
      type: 'VARCHAR',
      meaning: 'Its name: host and boot, and so one monotonic clock.',
    },
    { name: 'url', type: 'VARCHAR', meaning: 'Where it was reached.' },
    {
      name: 'description',
      type: 'JSON',
      meaning:
        'What it said of itself last: GPUs, their states, what each does not give and why, each metric’s measured refresh interval and call cost.',
    },
    {
      name: 'origin_mono_ns',
      type: 'BIGINT',
      meaning: 'The agent’s CLOCK_MONOTONIC that its times are kept relative to.',
    },
    { name: 'first_seen_ns', type: 'BIGINT', meaning: 'When it was first connected.' },
    { name: 'agent_index', type: 'BIGINT', meaning: 'Its position among the run’s agents, from 0.' },
  ],
};
