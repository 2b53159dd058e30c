import {
  LIVE_GPU_METRICS,
  type AboutMessage,
  type AgentFrame,
  type FrameMessage,
  type LiveMiss,
  type LiveQuantiles,
  type RunFrame,
} from '@fluidscope/live-view';
import { clockEventReasonsText } from '@fluidscope/trace-schema';
import { byId, setItems, setRows, setText, type Cell } from './dom.js';
import { duration, gibibytes, index, instant, requestName, whole } from './format.js';

type Metric = (typeof LIVE_GPU_METRICS)[number];

/** What the page itself counted. */
export interface PageCounts {
  readonly framesCount: number;
  /** Frames that the server made and that never came here. */
  readonly missingFramesCount: number;
}

export interface Told {
  readonly about: AboutMessage;
  readonly frame: FrameMessage;
  /** The latest first. */
  readonly misses: readonly LiveMiss[];
  readonly notes: readonly string[];
  readonly counts: PageCounts;
}

/** Writes everything that is text. Marks which frame it is of, so that what stands there can be compared with what was sent. */
export function tellPanels({ about, frame, misses, notes, counts }: Told): void {
  const { run } = frame;
  if (run !== null) {
    tellTiles(run, about);
    tellMisses(run, misses);
    tellLate(run);
  }
  tellGpus(about, frame);
  setItems(byId('trust'), trustOf(about, frame, counts));
  setItems(byId('notes'), notes.length === 0 ? ['nothing so far'] : notes);
  document.documentElement.dataset['seq'] = String(frame.seq);
}

function tellTiles(run: RunFrame, about: AboutMessage): void {
  const { window } = run;
  const windowText = `last ${duration(about.window_ns)}`;
  tile(
    'fluidity',
    index(window.fluidity_index),
    `deadlines met, ${windowText}`,
    kindOf(window.fluidity_index),
  );
  tile('missed', whole(window.missed_count), `of ${whole(window.settled_count)}, ${windowText}`);
  tile('overdue', whole(run.overdue_count), `streams; ${whole(run.waiting_count)} await a first token`);
  tile('active', whole(run.active_count), run.is_warmup ? 'warm-up: in no figure' : 'requests in flight');
  tile('rate', whole(window.tokens_per_s), windowText);
  tile('ttft', duration(window.ttft.p99_ns), quantileText(window.ttft, 'requests'));
  tile('tbt', duration(window.tbt.p99_ns), quantileText(window.tbt, 'gaps'));
  tile('queue', queueText(run), serverText(run));
  const failed = run.failed_count === 0 ? '' : `: ${errorsText(run)}`;
  tile(
    'done',
    whole(run.ok_count),
    `ok; ${whole(run.failed_count)} failed${failed}`,
    run.failed_count > 0 ? 'bad' : '',
  );
}

function queueText({ server }: RunFrame): string {
  return server === null || server.waiting_count === null ? '–' : whole(server.waiting_count);
}

function serverText({ server }: RunFrame): string {
  if (server === null) return 'not asked: --server-metrics';
  const cache = server.kv_cache_usage_ratio;
  const parts = [
    ...(server.running_count === null ? [] : [`${whole(server.running_count)} run`]),
    ...(cache === null ? [] : [`KV ${(cache * 100).toFixed(0)} %`]),
    `${duration(server.age_ns)} ago`,
  ];
  return parts.join(', ');
}

function errorsText({ errors }: RunFrame): string {
  return Object.entries(errors)
    .map(([code, count]) => `${code} ${count}`)
    .join(', ');
}

function tile(id: string, value: string, small: string, kind = ''): void {
  const element = byId(`tile-${id}`);
  setText(element.querySelector('.value'), value);
  setText(element.querySelector('.small'), small);
  const className = kind === '' ? 'tile' : `tile ${kind}`;
  if (element.className !== className) element.className = className;
}

/** Colours only at the ends; the number says the rest. */
function kindOf(fluidity: number | null): string {
  if (fluidity === null) return '';
  if (fluidity >= 0.99) return 'good';
  return fluidity < 0.9 ? 'bad' : '';
}

function quantileText({ p50_ns, count }: LiveQuantiles, things: string): string {
  return `p50 ${duration(p50_ns)}; ${whole(count)} ${things}`;
}

function tellMisses(run: RunFrame, misses: readonly LiveMiss[]): void {
  const totalCount = run.late_tokens_total_count;
  setText(
    byId('misses-about'),
    totalCount === 0
      ? 'No token has come late so far.'
      : `${whole(totalCount)} late tokens so far; the latest ${misses.length}, the latest first, of each twentieth of a second the latest ones.`,
  );
  setRows(
    document.querySelector('#miss-table tbody'),
    misses.map(({ request_index, due_ns, arrival_ns, missed_count }) => [
      instant(arrival_ns),
      requestName(request_index),
      duration(arrival_ns - due_ns),
      whole(missed_count),
    ]),
  );
}

function tellLate(run: RunFrame): void {
  const { late_streams: streams, overdue_count: overdueCount } = run;
  setText(
    byId('late-about'),
    overdueCount === 0
      ? 'No stream waits for a token that is overdue.'
      : `The ${streams.length} that wait longest of ${whole(overdueCount)} streams whose next token is overdue.`,
  );
  setRows(
    document.querySelector('#late-table tbody'),
    streams.map(({ request_index, overdue_ns, since_token_ns, tokens, missed_count, is_first }) => [
      requestName(request_index),
      duration(overdue_ns),
      is_first
        ? `its first token, for ${duration(since_token_ns)}`
        : `a token, for ${duration(since_token_ns)}`,
      whole(tokens),
      whole(missed_count),
    ]),
  );
}

function tellGpus(about: AboutMessage, { agents }: FrameMessage): void {
  const rows = about.agents.flatMap(({ agent_id, gpus }, agent) =>
    gpus.map(({ index: gpu, name }, at) => {
      const where = about.agents.length > 1 ? (agent_id ?? '') : '';
      return [{ text: `${gpu} ${name}`, detail: where }, ...gpuCells(agents[agent], at)];
    }),
  );
  setRows(document.querySelector('#gpu-table tbody'), rows);
  setItems(
    byId('hosts'),
    about.agents.map(({ agent_id, url }, agent) => `${agent_id ?? url}: ${hostText(agents[agent])}`),
  );
}

function gpuCells(agent: AgentFrame | undefined, gpu: number): readonly Cell[] {
  const at = (metric: Metric): number => LIVE_GPU_METRICS.indexOf(metric);
  const value = (metric: Metric): number | null => agent?.values[gpu]?.[at(metric)] ?? null;
  const cell = (metric: Metric, textOf: (value: number) => string): Cell => {
    const found = value(metric);
    if (found === null) return '–';
    return { text: textOf(found), detail: duration(agent?.ages_ns[gpu]?.[at(metric)] ?? null) };
  };
  const limit = value('power_limit_mw');
  const total = value('memory_total_bytes');
  return [
    cell('sm_clock_mhz', (mhz) => `${whole(mhz)} MHz`),
    cell('power_mw', (mw) => `${whole(mw / 1_000)}${limit === null ? '' : ` of ${whole(limit / 1_000)}`} W`),
    cell('utilization_gpu_pct', (pct) => `${whole(pct)} %`),
    cell(
      'memory_used_bytes',
      (bytes) => `${gibibytes(bytes)}${total === null ? '' : ` of ${gibibytes(total)}`} GiB`,
    ),
    cell('temperature_gpu_celsius', (celsius) => `${whole(celsius)} °C`),
    cell('clocks_event_reasons_mask', clockEventReasonsText),
  ];
}

function hostText(agent: AgentFrame | undefined): string {
  if (agent === undefined) return 'not heard of yet';
  const { link, link_reason, cpu_busy_ratio, memory_available_bytes } = agent;
  const parts = [
    link_reason === null ? link : `${link}: ${link_reason}`,
    ...(cpu_busy_ratio === null ? [] : [`CPUs ${(cpu_busy_ratio * 100).toFixed(0)} % busy`]),
    ...(memory_available_bytes === null
      ? []
      : [`${gibibytes(memory_available_bytes)} GiB of memory available`]),
  ];
  return parts.join(', ');
}

function trustOf(about: AboutMessage, { run, agents }: FrameMessage, counts: PageCounts): readonly string[] {
  const { framesCount, missingFramesCount } = counts;
  return [
    `The page is ${duration(about.lag_ns)} behind now, so that all that happened in a frame’s time has come in.`,
    `${whole(framesCount)} frames came here; ${whole(missingFramesCount)} did not${missingFramesCount === 0 ? '' : ' (hatched where they fall within the last minute)'}.`,
    ...(run === null ? [] : runTrust(run, about)),
    ...about.agents.map(({ agent_id, url }, at) => {
      const agent = agents[at];
      const bound = agent?.clock_bound_ns ?? null;
      const clock =
        bound === null ? 'its clock is not compared yet' : `its clock is known to ±${duration(bound)}`;
      return `${agent_id ?? url}: ${clock}; ${whole(agent?.lost_count ?? 0)} samples lost in ${whole(agent?.losses_count ?? 0)} gaps; asked for 20 values a second of each metric.`;
    }),
  ];
}

function runTrust(run: RunFrame, about: AboutMessage): readonly string[] {
  const deadlines = about.run;
  const first =
    deadlines === null
      ? ''
      : `${deadlines.has_own_ttft_deadlines ? 'by each prompt’s length' : duration(deadlines.ttft_deadline_ns)} for a first token, ${duration(deadlines.tbt_deadline_ns)} for each later one`;
  return [
    `Fluidity-index of now: of the deadlines that tokens settled in the last ${duration(about.window_ns)}, the share met (${first}). A token that is overdue counts when it comes.`,
    `Quantiles of the window are right to ${(about.quantile_error_ratio * 100).toFixed(0)} %.`,
    `${whole(run.unseen_count)} records of the run did not reach this page, ${whole(run.late_records_count)} came after their frame; the trace has all.`,
    ...(run.unslotted_count === 0
      ? []
      : [
          `${whole(run.unslotted_count)} active streams have no line: there are ${whole(about.slots_count)} lines.`,
        ]),
  ];
}
