import type { TraceEvent } from '@fluidscope/trace-schema';
import { expect, it } from 'vitest';
import { RecordBatcher } from '../record-batcher.js';
import { RecordedRows } from '../testing/recorded-rows.js';
import { MS } from '../testing/virtual-run.js';
import { VirtualTime } from '../testing/virtual-time.js';
import type { ConnectionSampling, RecordedField, SampledConnections } from './connection-sampling.js';
import { startTransportMonitor } from './transport-monitor.js';

type Row = Partial<Record<RecordedField, number>> & {
  readonly cause?: 'interval' | 'silence' | 'close';
  readonly peer?: string;
  readonly requestId?: string;
};

/** A connection without trouble. */
const CALM: Record<RecordedField, number> = {
  socketId: 1,
  timeNs: 0,
  rttUs: 50,
  rttVariationUs: 5,
  retransmitsCount: 0,
  outOfOrderCount: 0,
  receiveQueueBytes: 0,
  unsentBytes: 0,
  peerWindowBytes: 65_536,
  receiveWindowBytes: Number.NaN,
};

class ScriptedSampling implements ConnectionSampling {
  isOn = false;
  rows: readonly Row[] = [];
  lostCount = 0;

  startSampling(): void {
    this.isOn = true;
  }

  stopSampling(): void {
    this.isOn = false;
  }

  takeSamples(): SampledConnections {
    const { rows, lostCount } = this;
    this.rows = [];
    this.lostCount = 0;
    return {
      length: rows.length,
      lostCount,
      value: (row, field) => rows[row]?.[field] ?? CALM[field],
      cause: (row) => rows[row]?.cause ?? 'interval',
      connection: (row) => ({ peer: rows[row]?.peer ?? '10.0.0.1:80', requestId: rows[row]?.requestId }),
    };
  }
}

function monitored() {
  const time = new VirtualTime();
  const rows = new RecordedRows();
  const records = new RecordBatcher(rows, () => {});
  const sampling = new ScriptedSampling();
  const monitor = startTransportMonitor({ agentId: 'client', sampling, clock: time, timers: time, records });
  return {
    sampling,
    monitor,
    /** What the next interval records of these samples. */
    interval: async (given: readonly Row[]) => {
      sampling.rows = given;
      rows.hostSamples.length = 0;
      rows.events.length = 0;
      await time.advanceTo(time.nowNs() + 200 * MS);
      records.flush();
      const figures = Object.fromEntries(rows.hostSamples.map(({ metric, value }) => [metric, value]));
      return { figures, events: [...rows.events] };
    },
  };
}

const kinds = (events: readonly TraceEvent[]): readonly string[] => events.map(({ kind }) => kind);

it('records the largest and the sums over connections, once an interval', async () => {
  const { interval } = monitored();
  const { figures, events } = await interval([
    { socketId: 1, rttUs: 80, receiveQueueBytes: 10 },
    { socketId: 1, rttUs: 90, receiveQueueBytes: 10, cause: 'silence' },
    { socketId: 2, rttUs: 20, receiveQueueBytes: 5, unsentBytes: 7 },
  ]);
  expect(figures).toEqual({
    tcp_connections_count: 2,
    tcp_rtt_us: 90,
    tcp_rtt_variation_us: 5,
    tcp_retransmits_count: 0,
    tcp_out_of_order_count: 0,
    tcp_receive_queue_bytes: 15,
    tcp_unsent_bytes: 7,
    tcp_peer_zero_window_count: 0,
    tcp_receive_zero_window_count: 0,
  });
  expect(events).toEqual([]);
});

it('records nothing where nothing was sampled', async () => {
  const { interval } = monitored();
  expect(await interval([])).toEqual({ figures: {}, events: [] });
});

it('counts what came since the sample before, and names the request that it befell', async () => {
  const { interval } = monitored();
  await interval([{ retransmitsCount: 2 }]);
  const { figures, events } = await interval([
    { retransmitsCount: 2 },
    { retransmitsCount: 5, outOfOrderCount: 1, timeNs: 70, requestId: 'r000004', cause: 'silence' },
  ]);
  expect(figures).toMatchObject({ tcp_retransmits_count: 3, tcp_out_of_order_count: 1 });
  const detail = { peer: '10.0.0.1:80', connection: 1, request_id: 'r000004', rtt_us: 50 };
  expect(events).toEqual([
    { source: 'client', kind: 'tcp_retransmits', timeNs: 70, detail: { ...detail, count: 3 } },
    { source: 'client', kind: 'tcp_out_of_order', timeNs: 70, detail: { ...detail, count: 1 } },
  ]);
});

it('tells when a window closes and opens, on either side, and forgets a connection that is closed', async () => {
  const { interval } = monitored();
  const closed = await interval([{ peerWindowBytes: 0, receiveWindowBytes: 0 }]);
  expect(closed.figures).toMatchObject({ tcp_peer_zero_window_count: 1, tcp_receive_zero_window_count: 1 });
  expect(closed.events.map(({ kind, detail }) => [kind, (detail as { side: string }).side])).toEqual([
    ['tcp_window_closed', 'peer'],
    ['tcp_window_closed', 'client'],
  ]);
  expect(kinds((await interval([{ peerWindowBytes: 0, receiveWindowBytes: 0 }])).events)).toEqual([]);
  expect(kinds((await interval([{ peerWindowBytes: 1 }])).events)).toEqual([
    'tcp_window_opened',
    'tcp_window_opened',
  ]);
  await interval([{ retransmitsCount: 4, cause: 'close' }]);
  expect((await interval([{ retransmitsCount: 4 }])).figures).toMatchObject({ tcp_retransmits_count: 4 });
});

it('tells peers apart once there are several', async () => {
  const { interval } = monitored();
  const { figures } = await interval([
    { socketId: 1, rttUs: 80 },
    { socketId: 2, rttUs: 20, peer: '[::1]:81' },
  ]);
  expect(figures).toMatchObject({ tcp_rtt_us: 80, 'tcp_rtt_us@10.0.0.1:80': 80, 'tcp_rtt_us@[::1]:81': 20 });
});

it('bounds its events, and counts what it left out and what was lost', async () => {
  const { interval, sampling } = monitored();
  sampling.lostCount = 9;
  const { events } = await interval(
    Array.from({ length: 40 }, (_, socketId) => ({ socketId, retransmitsCount: 1 })),
  );
  expect(events).toHaveLength(34);
  expect(events.slice(-2)).toMatchObject([
    { kind: 'tcp_events_left_out', detail: { count: 8 } },
    { kind: 'tcp_samples_lost', detail: { count: 9 } },
  ]);
});

it('samples until it is called off, and takes what is left', async () => {
  const { sampling, monitor, interval } = monitored();
  await interval([]);
  expect(sampling.isOn).toBe(true);
  sampling.rows = [{ retransmitsCount: 1 }];
  monitor.cancel();
  expect(sampling.isOn).toBe(false);
  expect(sampling.rows).toEqual([]);
});
