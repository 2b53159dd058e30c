import type { Diagnosis } from '@fluidscope/diagnosis';
import type { Loss, TraceEvent } from '@fluidscope/trace-schema';
import type { LaneData, PanelData } from '../page-data/page-data.js';
import { packNumbers } from '../page-data/packed-numbers.js';
import { asTicks } from './throttle-lanes.js';

const MOST_EVENTS_COUNT = 1_000;
/** Told elsewhere on the page, or no event of the run's course. */
const QUIET_KINDS: ReadonlySet<string> = new Set(['warning', 'server_metrics_found', 'load_stage', 'gc']);

/** What was lost, which windows cannot be judged, and what happened: lanes under the charts. */
export function noticeLanes(
  { episodes }: Diagnosis,
  losses: readonly Loss[],
  events: readonly TraceEvent[],
): readonly PanelData[] {
  const masked = episodes.filter(({ verdict }) => verdict.masked);
  const unseen: LaneData[] = [
    ...grouped(losses, ({ source }) => source).map(([source, rows]): LaneData => ({
      label: 'lost',
      source,
      tone: 'notice',
      spans: packNumbers(asTicks(rows.map(({ fromNs, toNs }) => [fromNs, toNs]))),
      texts: rows.map(({ count, reason }) => `${count ?? 'an unknown number'} lost: ${reason}`),
    })),
    ...(masked.length === 0
      ? []
      : [
          {
            label: 'masked',
            source: 'client',
            tone: 'notice' as const,
            spans: packNumbers(asTicks(masked.map(({ startNs, endNs }) => [startNs, endNs]))),
            texts: ['cannot be judged: the client itself was late'],
          },
        ]),
  ];
  const told = events.filter(({ kind }) => !QUIET_KINDS.has(kind)).slice(0, MOST_EVENTS_COUNT);
  const happened = grouped(told, ({ source, kind }) => `${kind}\n${source}`).map(([, rows]): LaneData => ({
    label: rows[0]?.kind ?? '',
    source: rows[0]?.source ?? '',
    tone: rows[0]?.kind === 'xid' ? 'bad' : 'neutral',
    spans: packNumbers(asTicks(rows.map(({ timeNs }) => [timeNs, timeNs]))),
    texts: rows.map(({ kind, detail }) => `${kind} ${JSON.stringify(detail)}`.slice(0, 200)),
  }));
  return [
    ...(unseen.length === 0
      ? []
      : [{ kind: 'lanes' as const, id: 'losses', title: 'Losses and masked windows', lanes: unseen }]),
    ...(happened.length === 0
      ? []
      : [{ kind: 'lanes' as const, id: 'events', title: 'Events', lanes: happened }]),
  ];
}

function grouped<Row>(rows: readonly Row[], keyOf: (row: Row) => string): [string, Row[]][] {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const key = keyOf(row);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  return [...groups];
}
