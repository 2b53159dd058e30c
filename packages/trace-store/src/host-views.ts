import { AGENT_TIME_SQL, alignedFrom } from './alignment.js';
import { recorded, type View } from './view.js';

const EVENTS_SQL = `(SELECT source, kind, t_ns, detail FROM ${recorded('events')}
  UNION ALL SELECT source, kind, ${AGENT_TIME_SQL}, detail FROM ${alignedFrom('agent_events')})`;

const T_NS = { name: 't_ns', type: 'BIGINT', meaning: 'When it was sampled.' } as const;
const VALUE = {
  name: 'value',
  type: 'DOUBLE',
  meaning: 'The value, in the unit that the metric’s name ends in.',
  nullWhen: 'the source gave no finite number',
} as const;

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
  from: EVENTS_SQL,
  orderBy: 't_ns',
  columns: [
    {
      name: 'source',
      type: 'VARCHAR',
      meaning: 'Who says so; for an agent its id, a slash, and who on its host.',
    },
    { name: 'kind', type: 'VARCHAR', meaning: 'What happened.' },
    {
      name: 't_ns',
      type: 'BIGINT',
      meaning: 'When it happened.',
      nullWhen: 'an agent’s clock was never probed',
    },
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
    {
      name: 'count',
      type: 'BIGINT',
      meaning: 'Records that are missing.',
      nullWhen: 'nobody could count them',
    },
    { name: 'reason', type: 'VARCHAR', meaning: 'Why.' },
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
