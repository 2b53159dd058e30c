import { recorded, REQUEST_ID_SQL, type View } from './view.js';

const CUT_SHORT = 'the trace was cut short';

export const RUN_VIEW: View = {
  name: 'run',
  row: 'The run. There is exactly one.',
  from: `${recorded('run_start')} LEFT JOIN ${recorded('run_end')} ON true`,
  orderBy: 'started_wall_ns',
  columns: [
    { name: 'run_id', type: 'VARCHAR', meaning: 'Name of the run.' },
    {
      name: 'started_wall_ns',
      type: 'BIGINT',
      meaning: 'Time 0 as ns since 1970-01-01 UTC, for people and log files.',
    },
    { name: 'started_mono_ns', type: 'BIGINT', meaning: 'Time 0 on the client’s CLOCK_MONOTONIC, in ns.' },
    { name: 'ended_ns', type: 'BIGINT', meaning: 'End of the run, drain included.', nullWhen: CUT_SHORT },
    { name: 'config', type: 'JSON', meaning: 'The whole configuration, without secrets.' },
    { name: 'versions', type: 'JSON', meaning: 'Versions of the programs that took part.' },
    { name: 'machine', type: 'JSON', meaning: 'The client’s machine.' },
    { name: 'stamp_overhead_ns', type: 'BIGINT', meaning: 'Median cost of taking one stamp.' },
    { name: 'schema_version', type: 'BIGINT', meaning: 'Version of these views and the tables behind them.' },
    {
      name: 'clock_resolution_ns',
      type: 'BIGINT',
      meaning: 'Smallest step seen between two readings of the clock.',
    },
    {
      name: 'stop_reason',
      type: 'VARCHAR',
      meaning: '`finished`, `duration`, `interrupted` or `failed`.',
      nullWhen: CUT_SHORT,
    },
    {
      name: 'cut_short',
      type: 'BOOLEAN',
      sql: 'ended_ns IS NULL',
      meaning: 'True when the recorder ended without closing the file: at most the last second is missing.',
    },
  ],
};

/** Counts that came after the chunk, of a tokenizer that ran when the stream had ended, replace the first ones. */
const CHUNKS_WITH_COUNTS = `${recorded('chunks')} AS chunk
  LEFT JOIN ${recorded('chunk_token_counts')} AS recount USING (request_index, seq)`;

export const CHUNKS_VIEW: View = {
  name: 'chunks',
  row: 'One chunk of a stream, those without a token (role, usage, finish) too.',
  from: CHUNKS_WITH_COUNTS,
  orderBy: 'request_index, seq',
  columns: [
    { name: 'request_id', type: 'VARCHAR', sql: REQUEST_ID_SQL, meaning: 'The request, as in `requests`.' },
    { name: 'seq', type: 'BIGINT', meaning: 'Position in its stream, from 0.' },
    { name: 'arrival_ns', type: 'BIGINT', meaning: 'When its bytes arrived.' },
    {
      name: 'token_count',
      type: 'BIGINT',
      sql: 'coalesce(recount.token_count, chunk.token_count)',
      meaning: 'Tokens in it; `requests.token_count_source` says who counted.',
    },
    { name: 'stamp_source', type: 'VARCHAR', meaning: 'Who took the stamp: `kernel` or `user`.' },
    {
      name: 'error_ns',
      type: 'BIGINT',
      meaning: 'The true arrival lies between `arrival_ns - error_ns` and `arrival_ns`.',
      nullWhen: 'no bound is known',
    },
    {
      name: 'request_index',
      type: 'BIGINT',
      meaning: 'The request’s position in the plan: the faster key to join by.',
    },
  ],
};

export const DEADLINE_MISSES_VIEW: View = {
  name: 'deadline_misses',
  row: 'One token that came after its deadline.',
  from: `${recorded('deadline_misses')} LEFT JOIN ${recorded('episode_misses')} USING (request_index, seq)`,
  orderBy: 'request_index, seq',
  columns: [
    { name: 'request_id', type: 'VARCHAR', sql: REQUEST_ID_SQL, meaning: 'The request, as in `requests`.' },
    { name: 'seq', type: 'BIGINT', meaning: 'The chunk whose first token came late.' },
    { name: 'due_ns', type: 'BIGINT', meaning: 'When it was due.' },
    { name: 'arrival_ns', type: 'BIGINT', meaning: 'When it came.' },
    { name: 'missed_count', type: 'BIGINT', meaning: 'Deadlines that passed until it came.' },
    {
      name: 'episode_id',
      type: 'VARCHAR',
      meaning: 'The stall episode that delayed it most.',
      nullWhen: 'the trace is not diagnosed, or no stall delayed it',
    },
    { name: 'request_index', type: 'BIGINT', meaning: 'The request’s position in the plan.' },
  ],
};
