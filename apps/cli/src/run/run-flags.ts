import { ENDPOINT_TYPES } from '@fluidscope/llm-client';
import type { Command } from 'commander';
import { addAgentAccessFlags, type AgentAccessFlags } from '../agent-access.js';
import { addPublishedMetricsFlags } from './published-metrics.js';
import { addRunExportFlag } from './run-export.js';
import { addRunPageFlags, type RunPageFlags } from '../live/run-page-flags.js';
import { addPrefillDeadlineFlags, type PrefillDeadlineFlags } from '../prefill/deadline-flags.js';
import { addLaunchFlags, type LaunchFlags } from '../launch/launch-flags.js';
import { addSeriesFlags, type SeriesFlags } from '../series/series-flags.js';

/** The flags of `run` as commander gives them: texts, read by `readRunConfig`. */
export interface RunFlags
  extends PrefillDeadlineFlags, AgentAccessFlags, LaunchFlags, SeriesFlags, RunPageFlags {
  readonly url?: string;
  readonly model?: string;
  readonly endpointType: string;
  readonly apiKey?: string;
  readonly header?: readonly string[];
  readonly extraBody?: string;
  readonly extraInputs?: readonly string[];
  readonly ignoreEos?: true;
  readonly ca?: string;
  readonly insecure?: true;
  readonly proxy?: string;
  readonly keepAlive?: boolean;
  readonly connectTimeout: string;
  readonly firstByteTimeout: string;
  readonly idleTimeout: string;
  readonly totalTimeout: string;
  readonly requestRate?: string;
  readonly arrivalPattern?: string;
  readonly burstiness?: string;
  readonly stages?: string;
  readonly concurrency?: string;
  readonly numRequests?: string;
  readonly duration?: string;
  readonly warmupRequests: string;
  readonly drain: string;
  readonly workers: string;
  readonly seed: string;
  readonly isl?: string;
  readonly osl?: string;
  readonly sharedPrefix?: string;
  readonly dataset?: string;
  readonly datasetFormat?: string;
  readonly timeScale?: string;
  readonly tokenizer?: string;
  readonly ttftDeadline: string;
  readonly tbtDeadline: string;
  readonly goodput?: string;
  readonly rateLimitPacing: string;
  readonly priceInput?: string;
  readonly priceOutput?: string;
  readonly priceCached?: string;
  readonly stampSource?: string;
  readonly serverMetrics?: readonly string[];
  readonly engineLog?: string;
  readonly agent?: readonly string[];
  readonly agentWait?: true;
  readonly replica?: readonly string[];
  readonly metricsListen?: string;
  readonly otlpEndpoint?: string;
  readonly exportFormat?: string;
  readonly output?: string;
  readonly overwrite?: true;
  readonly diagnosis: boolean;
  readonly json?: true;
  readonly quiet?: true;
}

/** Those that say where an endpoint is and how it is asked. */
export type EndpointFlags = Pick<
  RunFlags,
  | 'url'
  | 'model'
  | 'endpointType'
  | 'apiKey'
  | 'header'
  | 'extraBody'
  | 'extraInputs'
  | 'ignoreEos'
  | 'ca'
  | 'insecure'
  | 'proxy'
  | 'keepAlive'
  | 'connectTimeout'
  | 'firstByteTimeout'
  | 'idleTimeout'
  | 'totalTimeout'
>;

const collect = (value: string, previous: readonly string[] = []): readonly string[] => [...previous, value];

export function addRunFlags(command: Command): Command {
  addEndpointFlags(command);
  addLaunchFlags(command);
  addLoadFlags(command);
  addWorkloadFlags(command);
  addMetricFlags(command);
  addObservationFlags(command);
  addSeriesFlags(command);
  return addOutputFlags(command);
}

export function addEndpointFlags(command: Command): void {
  command
    .optionsGroup('Endpoint:')
    .option('-u, --url <url>', 'server, with or without /v1 (env OPENAI_BASE_URL, OPENAI_API_BASE)')
    .option('-m, --model <name>', 'model name, as the server knows it')
    .option('--endpoint-type <type>', `one of ${ENDPOINT_TYPES.join(', ')}`, 'chat')
    .option('--api-key <key>', 'sent as the endpoint expects it; never stored (env OPENAI_API_KEY)')
    .option('-H, --header <"name: value">', 'further header; repeatable', collect)
    .option('--extra-body <json>', 'JSON object merged into every request body')
    .option('--extra-inputs <key:value>', 'one field of the request body; repeatable', collect)
    .option('--ignore-eos', 'ask the engine to go on to --osl whatever the model says')
    .option('--ca <file>', 'PEM file of further certificate authorities')
    .option('--insecure', 'accept any TLS certificate')
    .option('--proxy <url>', 'tunnel every connection through http://[user:password@]host:port')
    .option('--no-keep-alive', 'a connection of its own for each request')
    .option('--connect-timeout <time>', 'limit for TCP and TLS set-up, or none', '10s')
    .option('--first-byte-timeout <time>', 'limit from request to first byte of the response, or none', '5m')
    .option('--idle-timeout <time>', 'limit between two reads of a stream, or none', '60s')
    .option('--total-timeout <time>', 'limit of a whole request, or none', 'none');
}

function addLoadFlags(command: Command): void {
  command
    .optionsGroup('Load:')
    .option('--request-rate <rps>', 'requests a second on an absolute schedule, or inf for all at once')
    .option('--arrival-pattern <pattern>', 'constant, poisson, gamma or recorded (default: poisson)')
    .option('--burstiness <shape>', 'gamma arrivals: 1 is Poisson, lower is burstier, higher is smoother')
    .option('--stages <text>', 'piecewise rates, such as "10rps for 30s, 20rps for 30s"')
    .option(
      '--concurrency <count>',
      'alone: closed loop with so many in flight; with a rate: cap that queues',
    )
    .option(
      '--rate-limit-pacing <mode>',
      'retry-after: send nothing for as long as the server asks when it refuses a request for its rate (429, 503); off: keep the schedule',
      'off',
    )
    .option('--num-requests <count>', 'measured requests (default: 100 where nothing else ends the load)')
    .option('--duration <time>', 'length of the measured load')
    .option('--warmup-requests <count>', 'sent first; in the trace, in no metric', '0')
    .option('--drain <time>', 'how long requests in flight may go on after a stop, or none', '30s')
    .option('--workers <count>', 'threads that share the load; the same requests whatever the count', '1')
    .option('--seed <number>', 'one seed, one workload', '0');
}

function addWorkloadFlags(command: Command): void {
  command
    .optionsGroup('Workload:')
    .option(
      '--isl <tokens>',
      'prompt length (default: 512, or as the data set says): 512, uniform:100-500, normal:512,64, lognormal:512,256, zipf:1.2,1-4096',
    )
    .option(
      '--osl <tokens>',
      'output length asked for, in the same forms (default: 128, or as the data set says)',
    )
    .option('--shared-prefix <tokens>', 'tokens that every generated prompt begins with')
    .option(
      '--dataset <file>',
      'recorded requests: Azure CSV, Mooncake JSONL, Etalon CSV, ShareGPT JSON, messages JSONL',
    )
    .option(
      '--dataset-format <format>',
      'azure, mooncake, etalon, sharegpt or messages (default: told by content)',
    )
    .option('--time-scale <factor>', 'recorded arrivals: 0.5 replays twice as fast')
    .option(
      '--tokenizer <path>',
      'tokenizer.json or model folder; without it lengths are approximate, and said so',
    );
}

function addMetricFlags(command: Command): void {
  command.optionsGroup('Metrics:').option('--ttft-deadline <time>', 'deadline of the first token', '1s');
  addPrefillDeadlineFlags(command)
    .option('--tbt-deadline <time>', 'deadline between later tokens', '50ms')
    .option(
      '--price-input <usd>',
      'USD for a million prompt tokens; with prices the run says what it cost, and what a million fluent tokens do',
    )
    .option('--price-output <usd>', 'USD for a million output tokens')
    .option(
      '--price-cached <usd>',
      'USD for a million prompt tokens that the server had cached (default: as --price-input)',
    )
    .option('--goodput <terms>', 'SLO of a request, such as "ttft:500ms tpot:50ms e2e:10s fluidity:0.9"');
}

function addObservationFlags(command: Command): void {
  command
    .optionsGroup('Observation:')
    .option(
      '--stamp-source <source>',
      "who stamps a token's arrival: auto (the kernel where it can, or a warning says why not), kernel (or the run is refused), user (the event loop) (default: auto, env FLUIDSCOPE_STAMP_SOURCE)",
    )
    .option(
      '--server-metrics <url>',
      "record the engine's own metrics 5 times a second (vLLM, SGLang, TGI, TensorRT-LLM, llama.cpp): its page, or auto for /metrics of --url; repeatable",
      collect,
    )
    .option(
      '--engine-log <file>',
      'record what vLLM logged meanwhile: steps, queue, KV cache, compilations, garbage collections (with --launch its log is read anyway); docs/diagnosis.md',
    )
    .option(
      '--agent <url>',
      'agent to record on the same clock, such as ws://gpu-1:7420 or wss://; repeatable',
      collect,
    )
    .option(
      '--replica <gpus>',
      'GPUs that serve this run as one engine, by rank, where an agent sees others too: 0,1 or ws://gpu-1:7420#0,1; repeatable',
      collect,
    )
    .option('--agent-wait', 'begin without agents that do not answer yet, and take them in when they do');
  addAgentAccessFlags(command);
  addPublishedMetricsFlags(command);
  addRunPageFlags(command);
}

function addOutputFlags(command: Command): Command {
  addRunExportFlag(command.optionsGroup('Output:'));
  return command
    .option('-o, --output <file>', 'the trace (default: fluidscope-DATE-TIME.duckdb)')
    .option('--overwrite', 'replace the trace file if it exists')
    .option('--no-diagnosis', 'do not say why deadlines were missed')
    .option('--json', 'print the summary and the diagnosis as JSON on stdout')
    .option('--quiet', 'no progress and no notes on stderr');
}
