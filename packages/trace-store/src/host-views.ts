import { recorded, type View } from './view.js';

const T_NS = { name: 't_ns', type: 'BIGINT', meaning: 'When it was sampled.' } as const;
const VALUE = {
  name: 'value',
  type: 'DOUBLE',
  meaning: 'The value, in the unit that the metric’s name ends in.',
  nullWhen: 'the source gave no finite number',
} as const;

export const GPU_SAMPLES_VIEW: View = {
  name: 'gpu_samples',
  row: 'One reading of one sensor of a GPU.',
  from: recorded('gpu_samples'),
  orderBy: 't_ns',
  columns: [
    { name: 'agent_id', type: 'VARCHAR', meaning: 'The agent that read it.' },
    { name: 'gpu_uuid', type: 'VARCHAR', meaning: 'The GPU.' },
    { name: 'metric', type: 'VARCHAR', meaning: 'What was read; the name ends in its unit.' },
    T_NS,
    VALUE,
    {
      name: 'fresh',
      type: 'BOOLEAN',
      meaning: 'False when the value repeats the sensor’s previous refresh.',
    },
  ],
};

export const HOST_SAMPLES_VIEW: View = {
  name: 'host_samples',
  row: 'One reading of a host.',
  from: recorded('host_samples'),
  orderBy: 't_ns',
  columns: [
    {
      name: 'agent_id',
      type: 'VARCHAR',
      meaning: 'The agent that read it; `client` for the load generator’s own host.',
    },
    { name: 'metric', type: 'VARCHAR', meaning: 'What was read; the name ends in its unit.' },
    T_NS,
    VALUE,
  ],
};

export const SERVER_SAMPLES_VIEW: View = {
  name: 'server_samples',
  row: 'One value of the server’s own metrics.',
  from: recorded('server_samples'),
  orderBy: 't_ns',
  columns: [
    { name: 'endpoint', type: 'VARCHAR', meaning: 'The URL it was scraped from.' },
    {
      name: 'metric',
      type: 'VARCHAR',
      meaning: 'Its common name (requests_waiting_count, kv_cache_usage_ratio, …), or scrape_round_trip_ns.',
    },
    T_NS,
    VALUE,
  ],
};

export const EVENTS_VIEW: View = {
  name: 'events',
  row: 'Something that happened once: a garbage collection, a change of phase.',
  from: recorded('events'),
  orderBy: 't_ns',
  columns: [
    { name: 'source', type: 'VARCHAR', meaning: 'Who says so.' },
    { name: 'kind', type: 'VARCHAR', meaning: 'What happened.' },
    { name: 't_ns', type: 'BIGINT', meaning: 'When it happened.' },
    { name: 'detail', type: 'JSON', meaning: 'More of it; its shape depends on `kind`.' },
  ],
};

export const LOSSES_VIEW: View = {
  name: 'losses',
  row: 'Something that should have been recorded and was not.',
  from: recorded('losses'),
  orderBy: 'from_ns',
  columns: [
    { name: 'source', type: 'VARCHAR', meaning: 'Whose records are missing.' },
    { name: 'from_ns', type: 'BIGINT', meaning: 'Start of the gap.' },
    { name: 'to_ns', type: 'BIGINT', meaning: 'End of the gap.' },
    { name: 'count', type: 'BIGINT', meaning: 'Records that are missing.' },
    { name: 'reason', type: 'VARCHAR', meaning: 'Why.' },
  ],
};

export const CLOCK_OFFSETS_VIEW: View = {
  name: 'clock_offsets',
  row: 'One estimate of the offset between an agent’s clock and the run’s.',
  from: recorded('clock_offsets'),
  orderBy: 't_ns',
  columns: [
    { name: 'agent_id', type: 'VARCHAR', meaning: 'The agent.' },
    { name: 't_ns', type: 'BIGINT', meaning: 'When it was estimated.' },
    { name: 'offset_ns', type: 'BIGINT', meaning: 'The agent’s clock minus the run’s.' },
    { name: 'bound_ns', type: 'BIGINT', meaning: 'The true offset is at most this far from `offset_ns`.' },
  ],
};

export const EPISODES_VIEW: View = {
  name: 'episodes',
  row: 'One stall episode. Empty until the trace is diagnosed.',
  from: '(SELECT 1) WHERE false',
  orderBy: 'start_ns',
  columns: [
    { name: 'episode_id', type: 'VARCHAR', sql: 'NULL', meaning: 'Name of the episode.' },
    { name: 'start_ns', type: 'BIGINT', sql: 'NULL', meaning: 'Its start.' },
    { name: 'end_ns', type: 'BIGINT', sql: 'NULL', meaning: 'Its end.' },
    { name: 'scope', type: 'VARCHAR', sql: 'NULL', meaning: 'How much of the load stalled.' },
    { name: 'cause', type: 'VARCHAR', sql: 'NULL', meaning: 'The cause, or `unknown`.' },
    { name: 'confidence', type: 'DOUBLE', sql: 'NULL', meaning: 'Confidence in the cause, 0 to 1.' },
    { name: 'tier', type: 'VARCHAR', sql: 'NULL', meaning: 'Tier of the evidence.' },
    { name: 'missed_count', type: 'BIGINT', sql: 'NULL', meaning: 'Deadlines missed in it.' },
    { name: 'evidence', type: 'JSON', sql: 'NULL', meaning: 'What the cause rests on.' },
  ],
};
