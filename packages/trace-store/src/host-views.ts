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
  row: 'One stall episode, as the last diagnosis found it. Empty until the trace is diagnosed.',
  from: recorded('episodes'),
  orderBy: 'start_ns',
  columns: [
    { name: 'episode_id', type: 'VARCHAR', meaning: 'Name of the episode.' },
    { name: 'start_ns', type: 'BIGINT', meaning: 'When the first token of it was overdue.' },
    { name: 'end_ns', type: 'BIGINT', meaning: 'When the last token of it came.' },
    {
      name: 'scope',
      type: 'VARCHAR',
      meaning:
        '`engine`: most of the decoding streams stalled; `request`: some of several; `first_token`: a first token was late.',
      nullWhen: 'one stream was alone',
    },
    { name: 'cause', type: 'VARCHAR', meaning: 'The cause of its largest part, or `unknown`.' },
    {
      name: 'confidence',
      type: 'DOUBLE',
      meaning: 'Confidence in the cause, 0 to 1.',
      nullWhen: 'the cause is unknown',
    },
    {
      name: 'tier',
      type: 'VARCHAR',
      meaning: '`A`: the mechanism was measured; `B`: timing, scope and dose agree; `C`: coincidence alone.',
      nullWhen: 'the cause is unknown',
    },
    { name: 'missed_count', type: 'BIGINT', meaning: 'Deadlines missed in it.' },
    { name: 'evidence', type: 'JSON', meaning: 'What was weighed for and against each cause.' },
  ],
};
