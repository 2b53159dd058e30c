import {
  HOST_GPU_INDEX,
  clockEventReasonsText,
  gpuMetricByName,
  hostMetricByName,
} from '@fluidscope/trace-schema';
import { type AgentDescription } from '@fluidscope/telemetry-link';
import { renderTable } from '@fluidscope/report';
import type { LatestValue } from '@fluidscope/gpu-agent';
import { durationNs, formatDuration, NS_PER_MS, NS_PER_S } from '@fluidscope/units';
import type { WatchState } from './watch-state.js';

type Gpu = AgentDescription['gpus'][number];

interface Column {
  readonly title: string;
  /** The first of these that the GPU gives. */
  readonly metrics: readonly string[];
  readonly format: (value: number) => string;
  /** Shown behind the value: `412 / 700`. */
  readonly limit?: string;
}

const GIB = 2 ** 30;
/** A value that was not read for so long is marked: what shows it may be gone. */
const SILENT_AFTER_NS = 3 * NS_PER_S;

const whole = (value: number): string => value.toFixed(0);
const watts = (milliwatts: number): string => (milliwatts / 1_000).toFixed(1);
const gibibytes = (bytes: number): string => (bytes / GIB).toFixed(1);

const COLUMNS: readonly Column[] = [
  { title: 'SM MHz', metrics: ['sm_clock_mhz'], format: whole },
  { title: 'mem MHz', metrics: ['memory_clock_mhz'], format: whole },
  {
    title: 'power / limit, W',
    metrics: ['power_instant_mw', 'power_average_mw', 'power_buffered_mw'],
    format: watts,
    limit: 'power_limit_mw',
  },
  { title: 'util %', metrics: ['utilization_gpu_pct'], format: whole },
  {
    title: 'memory, GiB',
    metrics: ['memory_used_bytes'],
    format: gibibytes,
    limit: 'memory_total_bytes',
  },
  { title: '°C', metrics: ['temperature_gpu_celsius'], format: whole },
  { title: 'throttle reasons', metrics: ['clocks_event_reasons_mask'], format: clockEventReasonsText },
];

const LEGEND = [
  'ages: +4ms changed at its last reading, 4 ms ago;',
  '=2.1s unchanged since, as far as watched;',
  '!5.0s not read since',
];

const INDENT = '  ';

const HOST_NAMES = [
  'cpu_busy_ns',
  'load_1min_count',
  'runnable_tasks_count',
  'host_memory_available_bytes',
  'agent_loop_lateness_ns',
  'gpu_sampler_lateness_ns',
];

/** The ids of all metrics that the text shows: there is no need to ask an agent for others. */
export const WATCHED_METRIC_IDS: readonly number[] = [
  ...COLUMNS.flatMap(({ metrics, limit }) => [...metrics, ...(limit === undefined ? [] : [limit])]).map(
    (name) => gpuMetricByName(name)?.id,
  ),
  ...HOST_NAMES.map((name) => hostMetricByName(name)?.id),
].filter((id) => id !== undefined);

/**
 * The whole picture as lines of text, a newline after each. Where the table is wider than `widthCount` characters, each GPU's values stand
 * below its name instead, as many to a line as fit: a table that is cut lacks its last columns, and those say why a GPU is slow.
 */
export function watchText(state: WatchState, agentNowNs: number, widthCount = Infinity): string {
  const { description } = state;
  if (description === undefined) return `${linkLine(state)}\n`;
  const table = gpuTable(description, state, agentNowNs);
  const isWide = table.split('\n').some((line) => line.length > widthCount);
  const lines = [
    headLine(description, state),
    isWide ? gpuBlocks(description, state, { agentNowNs, widthCount }) : table,
  ];
  const host = filled(hostParts(state, agentNowNs), { widthCount, between: ', ' });
  const notes = state.notes.map((note) => `  ${note}`);
  return [...lines, ...host, ...notes, ...filled(LEGEND, { widthCount, between: ' ' })]
    .filter((line) => line !== '')
    .map((line) => `${line}\n`)
    .join('');
}

function headLine({ agent_id, gpu_source }: AgentDescription, state: WatchState): string {
  const driver = gpu_source.driver_version === undefined ? '' : `, driver ${gpu_source.driver_version}`;
  const rate = gpu_source.fast_hz === undefined ? '' : `, fast tier ${gpu_source.fast_hz} Hz`;
  const source =
    gpu_source.state === 'ready'
      ? `${gpu_source.kind}${driver}${rate}`
      : `${gpu_source.kind} ${gpu_source.state}: ${gpu_source.detail}`;
  const lost = state.lostCount === 0 ? '' : `  ${state.lostCount} samples lost`;
  return `${agent_id}  ${source}  ${linkLine(state)}${lost}`;
}

function linkLine({ link }: WatchState): string {
  switch (link?.kind) {
    case undefined:
      return 'connecting';
    case 'connected':
      return 'connected';
    case 'disconnected':
      return `DISCONNECTED (${link.reason}), trying again`;
    case 'ended':
      return `ended (${link.reason})`;
  }
}

function gpuTable({ gpus }: AgentDescription, state: WatchState, agentNowNs: number): string {
  if (gpus.length === 0) return 'no GPU';
  const header = ['gpu', 'name', ...COLUMNS.map(({ title }) => title)];
  const rows = gpus.map((gpu) => [String(gpu.index), nameOf(gpu), ...cellsOf(gpu, state, agentNowNs)]);
  const aligns = header.map((_, index) => (index < 2 || index === header.length - 1 ? 'left' : 'right'));
  return renderTable(header, rows, aligns).trimEnd();
}

function gpuBlocks(
  { gpus }: AgentDescription,
  state: WatchState,
  { agentNowNs, widthCount }: { readonly agentNowNs: number; readonly widthCount: number },
): string {
  return gpus
    .map((gpu) => {
      const cells = cellsOf(gpu, state, agentNowNs);
      const parts = COLUMNS.map(({ title }, index) => `${title}: ${cells[index] ?? '-'}`);
      return [
        `gpu ${gpu.index}  ${nameOf(gpu)}`,
        ...filled(parts, { widthCount: widthCount - INDENT.length, between: INDENT }),
      ].join(`\n${INDENT}`);
    })
    .join('\n');
}

/** Parts on as few lines as they fit on, in their order; one that is too long has a line of its own. */
function filled(
  parts: readonly string[],
  { widthCount, between }: { readonly widthCount: number; readonly between: string },
): readonly string[] {
  const lines: string[] = [];
  for (const part of parts) {
    const last = lines.at(-1);
    const together = last === undefined ? part : `${last}${between}${part}`;
    if (last === undefined || together.length > widthCount) lines.push(part);
    else lines[lines.length - 1] = together;
  }
  return lines;
}

function nameOf({ name, state }: Gpu): string {
  return state === 'ready' ? name : `${name} [${state}]`;
}

function cellsOf({ index }: Gpu, { latest }: WatchState, agentNowNs: number): string[] {
  const valueOf = (name: string): LatestValue | undefined => {
    const id = gpuMetricByName(name)?.id;
    return id === undefined ? undefined : latest.get(index, id);
  };
  return COLUMNS.map(({ metrics, format, limit }) => {
    const shown = metrics.map(valueOf).find((value) => value !== undefined);
    // A dash and no 0: the GPU does not give it, or it did not come yet.
    if (shown === undefined) return '-';
    const most = limit === undefined ? undefined : valueOf(limit);
    const text = most === undefined ? format(shown.value) : `${format(shown.value)} / ${format(most.value)}`;
    return `${text} ${ageText(shown, agentNowNs)}`;
  });
}

/** `+4ms` after a reading that changed the value, `=2.1s` while it repeats, `!5.0s` when it is read no more. */
export function ageText({ atNs, freshAtNs }: LatestValue, agentNowNs: number): string {
  const silentNs = agentNowNs - atNs;
  if (silentNs > SILENT_AFTER_NS) return `!${shortDuration(silentNs)}`;
  const mark = freshAtNs === atNs ? '+' : '=';
  return `${mark}${shortDuration(agentNowNs - freshAtNs)}`;
}

/** Down to a millisecond: what lies below is the way of the sample here. */
function shortDuration(ns: number): string {
  const ms = Math.max(0, ns) / NS_PER_MS;
  if (ms < 1_000) return `${ms.toFixed(0)}ms`;
  return ms < 100_000 ? `${(ms / 1_000).toFixed(1)}s` : `${(ms / 60_000).toFixed(0)}min`;
}

function hostParts(state: WatchState, agentNowNs: number): readonly string[] {
  const parts: string[] = [];
  const show = (name: string, text: (value: number) => string): void => {
    const id = hostMetricByName(name)?.id;
    const found = id === undefined ? undefined : state.latest.get(HOST_GPU_INDEX, id);
    if (found !== undefined && agentNowNs - found.atNs <= SILENT_AFTER_NS) parts.push(text(found.value));
  };
  const busyRatio = state.cpuBusyRatio();
  if (busyRatio !== undefined) parts.push(`cpu ${(100 * busyRatio).toFixed(0)} % busy`);
  show('load_1min_count', (value) => `load ${value.toFixed(2)}`);
  show('runnable_tasks_count', (value) => `${whole(value)} runnable`);
  show('host_memory_available_bytes', (value) => `${gibibytes(value)} GiB free`);
  show('agent_loop_lateness_ns', (value) => `agent late ${formatDuration(durationNs(Math.round(value)))}`);
  show('gpu_sampler_lateness_ns', (value) => `sampler late ${formatDuration(durationNs(Math.round(value)))}`);
  return parts.map((part, index) => (index === 0 ? `host: ${part}` : part));
}
