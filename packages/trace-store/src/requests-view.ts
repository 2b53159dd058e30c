import { recorded, REQUEST_ID_SQL, type View, type ViewColumn } from './view.js';

const IN_FLIGHT = 'the request was in flight when the trace was cut short';
const NOT_OK = 'the request did not end `ok`';

const REQUEST_METRICS: readonly ViewColumn[] = [
  {
    name: 'ttft_from_sent_ns',
    type: 'BIGINT',
    meaning: 'From the actual send to the first token.',
    nullWhen: `${NOT_OK} or had no token`,
  },
  {
    name: 'ttft_visible_ns',
    type: 'BIGINT',
    meaning: 'From the intended send to the first token that a user sees: not reasoning, not a tool call.',
    nullWhen: `${NOT_OK} or had no visible token`,
  },
  {
    name: 'tpot_mean_ns',
    type: 'BIGINT',
    meaning: 'Mean time per output token after the first, rounded to the nanosecond.',
    nullWhen: `${NOT_OK} or had fewer than 2 tokens`,
  },
  {
    name: 'end_to_end_ns',
    type: 'BIGINT',
    meaning: 'From the intended send to the last token.',
    nullWhen: `${NOT_OK} or had no token`,
  },
  {
    name: 'token_fluidity_index',
    type: 'DOUBLE',
    meaning: 'Share of the tokens that met their deadline, 0 to 1.',
    nullWhen: `${NOT_OK}, had no token, or the run had no deadlines`,
  },
  {
    name: 'decode_fluidity_index',
    type: 'DOUBLE',
    meaning: 'The fluidity-index without the first token and its slack, 0 to 1.',
    nullWhen: `${NOT_OK}, had fewer than 2 tokens, or the run had no deadlines`,
  },
  {
    name: 'missed_deadlines_count',
    type: 'BIGINT',
    meaning: 'Deadlines that passed without their token.',
    nullWhen: `${NOT_OK}, had no token, or the run had no deadlines`,
  },
  {
    name: 'total_deadlines_count',
    type: 'BIGINT',
    meaning: 'Deadlines met and missed.',
    nullWhen: `${NOT_OK}, had no token, or the run had no deadlines`,
  },
  {
    name: 'min_tbt_deadline_ns',
    type: 'BIGINT',
    meaning: 'Smallest decode deadline at which at most a tenth of the deadlines is missed.',
    nullWhen: `${NOT_OK} or had fewer than 2 tokens`,
  },
];

export const REQUESTS_VIEW: View = {
  name: 'requests',
  row: 'One request that left its queue, warm-up included.',
  from: `${recorded('request_starts')} LEFT JOIN ${recorded('request_ends')} USING (request_index)`,
  orderBy: 'request_index',
  columns: [
    {
      name: 'request_id',
      type: 'VARCHAR',
      sql: REQUEST_ID_SQL,
      meaning: 'Name of the request: `r` and its position in the plan.',
    },
    {
      name: 'response_id',
      type: 'VARCHAR',
      meaning: 'The id that the server put in its chunks.',
      nullWhen: 'it put none',
    },
    { name: 'intended_ns', type: 'BIGINT', meaning: 'When the plan wanted it sent.' },
    {
      name: 'sent_ns',
      type: 'BIGINT',
      meaning: 'When it was handed to the transport.',
      nullWhen: 'the run stopped before that',
    },
    {
      name: 'first_chunk_ns',
      type: 'BIGINT',
      meaning: 'Arrival of the first chunk that carried a token.',
      nullWhen: 'there was none',
    },
    { name: 'ended_ns', type: 'BIGINT', meaning: 'When it ended, well or not.', nullWhen: IN_FLIGHT },
    { name: 'status', type: 'VARCHAR', meaning: '`ok`, `error` or `cancelled`.', nullWhen: IN_FLIGHT },
    {
      name: 'error_code',
      type: 'VARCHAR',
      meaning:
        '`connect`, `tls`, `http`, `protocol`, `server_error`, `reset`, `timeout_connect`, `timeout_first_byte`, `timeout_idle`, `timeout_total` or `cancelled`.',
      nullWhen: 'the request ended `ok` or is in flight',
    },
    { name: 'prompt_tokens', type: 'BIGINT', meaning: 'Length of the prompt.', nullWhen: 'it is not known' },
    {
      name: 'output_tokens',
      type: 'BIGINT',
      meaning: 'Tokens that arrived.',
      nullWhen: 'they were not counted',
    },
    {
      name: 'ttft_ns',
      type: 'BIGINT',
      meaning: 'Time to first token of any kind, from the intended send.',
      nullWhen: `${NOT_OK} or had no token`,
    },
    {
      name: 'fluidity_index',
      type: 'DOUBLE',
      meaning: 'Share of the deadlines that were met, 0 to 1, from the intended send.',
      nullWhen: `${NOT_OK}, had no token, or the run had no deadlines`,
    },
    { name: 'request_index', type: 'BIGINT', meaning: 'Position in the plan, from 0.' },
    { name: 'phase', type: 'VARCHAR', meaning: '`warmup` or `measured`. Warm-up requests are in no metric.' },
    { name: 'worker_index', type: 'BIGINT', meaning: 'The worker that sent it.' },
    {
      name: 'send_lateness_ns',
      type: 'BIGINT',
      sql: 'sent_ns - intended_ns',
      meaning: 'How much later than intended it was sent.',
      nullWhen: 'it was never sent',
    },
    {
      name: 'prompt_tokens_source',
      type: 'VARCHAR',
      meaning: 'How the prompt’s length is known: `tokenizer`, `approximation` or `recorded`.',
      nullWhen: 'it is not known',
    },
    {
      name: 'max_output_tokens',
      type: 'BIGINT',
      meaning: 'The limit that was asked for.',
      nullWhen: 'none was',
    },
    {
      name: 'token_count_source',
      type: 'VARCHAR',
      meaning: 'How output tokens were counted: `server_usage`, `tokenizer` or `one_per_chunk`.',
      nullWhen: 'they were not counted',
    },
    {
      name: 'usage_prompt_tokens',
      type: 'BIGINT',
      meaning: 'Prompt tokens by the server’s usage.',
      nullWhen: 'it sent none',
    },
    {
      name: 'usage_output_tokens',
      type: 'BIGINT',
      meaning: 'Output tokens by the server’s usage.',
      nullWhen: 'it sent none',
    },
    {
      name: 'http_status',
      type: 'BIGINT',
      meaning: 'Status of the HTTP response.',
      nullWhen: 'there was none',
    },
    {
      name: 'error_message',
      type: 'VARCHAR',
      meaning: 'The server’s words, or the transport’s, cut to 500 characters.',
      nullWhen: 'there were none',
    },
    {
      name: 'finish_reason',
      type: 'VARCHAR',
      meaning: 'Why the server stopped, in its words.',
      nullWhen: 'it did not say',
    },
    ...REQUEST_METRICS,
    {
      name: 'usage_cached_tokens',
      type: 'BIGINT',
      meaning: 'Of the prompt tokens by the server’s usage, those from its prefix cache.',
      nullWhen: 'it did not say',
    },
    {
      name: 'retry_after_ns',
      type: 'BIGINT',
      meaning: 'How long the server asked to wait, by Retry-After on status 429 or 503.',
      nullWhen: 'it did not ask',
    },
    {
      name: 'rate_limit_headers',
      type: 'JSON',
      meaning: 'The response’s `x-ratelimit-*` headers by name.',
      nullWhen: 'it had none',
    },
    {
      name: 'paced_ns',
      type: 'BIGINT',
      meaning:
        'How long this client held it back, of its own choice, because the server had asked it to wait. Part of every latency from the intended send.',
      nullWhen: 'it was not held back',
    },
    {
      name: 'ttft_deadline_ns',
      type: 'BIGINT',
      meaning: 'Its own deadline for the first token, from the intended send.',
      nullWhen: 'the run has one for all requests (`config`), or the request was never sent',
    },
    {
      name: 'ttft_deadline_source',
      type: 'VARCHAR',
      meaning:
        'Where that comes from: `prefill_profile` (its prompt’s predicted prefill and slack), `nearest_end` (its prompt lies beyond the lengths that the profile speaks for) or `no_prompt_length` (the run’s one deadline).',
      nullWhen: '`ttft_deadline_ns` is',
    },
    {
      name: 'slo',
      type: 'VARCHAR',
      meaning:
        'What it had to meet by itself, as its data set says: terms of a request (docs/slo.md), such as `ttft:200ms fluidity:0.95`.',
      nullWhen: 'it had no terms of its own, as no warm-up request has',
    },
  ],
};
