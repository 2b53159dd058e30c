import type { Json } from '@fluidscope/trace-schema';
import { NS_PER_MS, durationNs, runNs, type RunClock } from '@fluidscope/units';
import type { RecordBatcher } from '../record-batcher.js';
import { callEvery, type Cancellation, type Timers } from '../timers.js';
import type { ConnectionSampling, SampledConnections } from './connection-sampling.js';
import { PeerFigures } from './peer-figures.js';

export interface TransportMonitorOptions {
  /** `client`, or `client/2` for a worker's thread. */
  readonly agentId: string;
  readonly sampling: ConnectionSampling;
  readonly clock: RunClock;
  readonly timers: Timers;
  readonly records: Pick<RecordBatcher, 'addHostSample' | 'addEvent'>;
}

const PERIOD_MS = 200;
/** Longer than a token takes; a stall's figures are taken while it lasts. */
const SILENCE_MS = 100;
/** An interval: a lossy network has ten thousand things to tell a second, and the counts tell them too. */
const MAX_EVENTS_COUNT = 32;

/**
 * Records what the kernel knows of the client's connections, each interval: `tcp_rtt_us` and `tcp_rtt_variation_us` (largest),
 * `tcp_receive_queue_bytes` and `tcp_unsent_bytes` (summed), `tcp_connections_count`, how many `tcp_retransmits_count` and
 * `tcp_out_of_order_count` came in the interval, and how many connections had a closed window, the peer's (`tcp_peer_zero_window_count`)
 * or this end's (`tcp_receive_zero_window_count`). Once there are several peers each has the same metrics with `@address:port` behind.
 *
 * Events name the connection, and its request where it is known: `tcp_retransmits`, `tcp_out_of_order`, `tcp_window_closed`,
 * `tcp_window_opened`; `tcp_events_left_out` and `tcp_samples_lost` count what they do not name.
 */
export function startTransportMonitor(options: TransportMonitorOptions): Cancellation {
  const { sampling, clock, timers } = options;
  const monitor = new TransportMonitor(options);
  sampling.startSampling({ periodMs: PERIOD_MS, silenceMs: SILENCE_MS });
  const schedule = {
    startNs: clock.nowNs(),
    periodNs: durationNs(PERIOD_MS * NS_PER_MS),
    nowNs: () => clock.nowNs(),
  };
  const ticker = callEvery(timers, schedule, () => monitor.record(sampling.takeSamples()));
  return {
    cancel: () => {
      ticker.cancel();
      sampling.stopSampling();
      monitor.record(sampling.takeSamples());
    },
  };
}

/** What was last known of a connection. */
interface Known {
  retransmitsCount: number;
  outOfOrderCount: number;
  peerWindowIsClosed: boolean;
  receiveWindowIsClosed: boolean;
}

class TransportMonitor {
  readonly #options: TransportMonitorOptions;
  readonly #known = new Map<number, Known>();
  readonly #peers = new Set<string>();
  #eventsCount = 0;

  constructor(options: TransportMonitorOptions) {
    this.#options = options;
  }

  record(samples: SampledConnections): void {
    const timeNs = this.#options.clock.nowNs();
    this.#eventsCount = 0;
    const all = new PeerFigures();
    const byPeer = new Map<string, PeerFigures>();
    for (let row = 0; row < samples.length; row += 1) {
      const { peer } = samples.connection(row);
      this.#peers.add(peer);
      let own = byPeer.get(peer);
      if (own === undefined) byPeer.set(peer, (own = new PeerFigures()));
      this.#add(samples, row, [all, own]);
    }
    const leftOutCount = this.#eventsCount - MAX_EVENTS_COUNT;
    if (leftOutCount > 0) this.#tell('tcp_events_left_out', timeNs, { count: leftOutCount });
    if (samples.lostCount > 0) this.#tell('tcp_samples_lost', timeNs, { count: samples.lostCount });
    if (samples.length === 0) return;
    this.#recordFigures(all, timeNs, '');
    if (this.#peers.size === 1) return;
    for (const [peer, figures] of byPeer) this.#recordFigures(figures, timeNs, `@${peer}`);
  }

  #add(samples: SampledConnections, row: number, figures: readonly PeerFigures[]): void {
    const socketId = samples.value(row, 'socketId');
    const before = this.#known.get(socketId);
    const now: Known = {
      retransmitsCount: samples.value(row, 'retransmitsCount'),
      outOfOrderCount: samples.value(row, 'outOfOrderCount'),
      peerWindowIsClosed: samples.value(row, 'peerWindowBytes') === 0,
      receiveWindowIsClosed: samples.value(row, 'receiveWindowBytes') === 0,
    };
    if (samples.cause(row) === 'close') this.#known.delete(socketId);
    else this.#known.set(socketId, now);
    const resentCount = now.retransmitsCount - (before?.retransmitsCount ?? 0);
    const outOfOrderCount = now.outOfOrderCount - (before?.outOfOrderCount ?? 0);
    // A closed connection has no queue and no window; and one that was sampled twice counts once in a sum over connections.
    const isLevel = samples.cause(row) === 'interval';
    for (const each of figures) {
      each.addConnection(socketId);
      each.max('tcp_rtt_us', samples.value(row, 'rttUs'));
      each.max('tcp_rtt_variation_us', samples.value(row, 'rttVariationUs'));
      each.sum('tcp_retransmits_count', resentCount);
      each.sum('tcp_out_of_order_count', outOfOrderCount);
      each.sum('tcp_receive_queue_bytes', isLevel ? samples.value(row, 'receiveQueueBytes') : 0);
      each.sum('tcp_unsent_bytes', isLevel ? samples.value(row, 'unsentBytes') : 0);
      each.sum('tcp_peer_zero_window_count', isLevel && now.peerWindowIsClosed ? 1 : 0);
      each.sum('tcp_receive_zero_window_count', isLevel && now.receiveWindowIsClosed ? 1 : 0);
    }
    if (resentCount > 0) this.#tellOf('tcp_retransmits', samples, row, { count: resentCount });
    if (outOfOrderCount > 0) this.#tellOf('tcp_out_of_order', samples, row, { count: outOfOrderCount });
    this.#tellOfWindows(samples, row, { before, now });
  }

  #tellOfWindows(
    samples: SampledConnections,
    row: number,
    { before, now }: { readonly before: Known | undefined; readonly now: Known },
  ): void {
    if (samples.cause(row) === 'close') return;
    for (const [side, wasClosed, isClosed] of [
      ['peer', before?.peerWindowIsClosed ?? false, now.peerWindowIsClosed],
      ['client', before?.receiveWindowIsClosed ?? false, now.receiveWindowIsClosed],
    ] as const) {
      if (wasClosed === isClosed) continue;
      this.#tellOf(isClosed ? 'tcp_window_closed' : 'tcp_window_opened', samples, row, { side });
    }
  }

  #tellOf(
    kind: string,
    samples: SampledConnections,
    row: number,
    detail: Readonly<Record<string, Json>>,
  ): void {
    this.#eventsCount += 1;
    if (this.#eventsCount > MAX_EVENTS_COUNT) return;
    const { peer, requestId } = samples.connection(row);
    this.#tell(kind, samples.value(row, 'timeNs'), {
      ...detail,
      peer,
      connection: samples.value(row, 'socketId'),
      request_id: requestId ?? null,
      rtt_us: samples.value(row, 'rttUs'),
    });
  }

  #tell(kind: string, timeNs: number, detail: Json): void {
    const { agentId, records } = this.#options;
    records.addEvent({ source: agentId, kind, timeNs: runNs(Math.round(timeNs)), detail });
  }

  #recordFigures(figures: PeerFigures, timeNs: number, suffix: string): void {
    const { agentId, records } = this.#options;
    for (const [metric, value] of figures.entries())
      records.addHostSample({ agentId, metric: `${metric}${suffix}`, timeNs: runNs(timeNs), value });
  }
}
