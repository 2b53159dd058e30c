import { metricIdOf, type EmitValue } from './emit-value.js';
import { counterOf, wordsOf } from './kernel-text.js';

/** Columns of `/proc/net/dev` after the interface's name. */
const INTERFACE_COLUMNS: readonly (readonly [column: number, metricId: number])[] = [
  [0, metricIdOf('network_rx_bytes')],
  [1, metricIdOf('network_rx_packets_count')],
  [2, metricIdOf('network_rx_errors_count')],
  [3, metricIdOf('network_rx_drops_count')],
  [8, metricIdOf('network_tx_bytes')],
  [9, metricIdOf('network_tx_packets_count')],
  [10, metricIdOf('network_tx_errors_count')],
  [11, metricIdOf('network_tx_drops_count')],
];

const INTERFACE_LINE = /^\s*([^\s:]+(?::[^\s:]+)?):(.*)$/;

/** `/proc/net/dev`. `subIdOf` numbers interfaces by name, or gives `undefined` for one to leave out. */
export function netDevParser(
  subIdOf: (name: string) => number | undefined,
): (text: string, emit: EmitValue) => void {
  return (text, emit) => {
    for (const line of text.split('\n')) {
      const [, name, rest] = INTERFACE_LINE.exec(line) ?? [];
      if (name === undefined || rest === undefined) continue;
      const counters = wordsOf(rest).map(counterOf);
      const subId = counters[0] === undefined ? undefined : subIdOf(name);
      if (subId === undefined) continue;
      for (const [column, metricId] of INTERFACE_COLUMNS) {
        const value = counters[column];
        if (value !== undefined) emit(metricId, subId, value);
      }
    }
  };
}

const TCP: ReadonlyMap<string, number> = new Map([
  ['Tcp:OutSegs', metricIdOf('tcp_segments_sent_count')],
  ['Tcp:RetransSegs', metricIdOf('tcp_retransmits_count')],
  ['TcpExt:TCPTimeouts', metricIdOf('tcp_timeouts_count')],
  ['TcpExt:ListenOverflows', metricIdOf('tcp_listen_overflows_count')],
  ['TcpExt:ListenDrops', metricIdOf('tcp_listen_drops_count')],
  ['TcpExt:RcvPruned', metricIdOf('tcp_receive_pruned_count')],
  ['TcpExt:TCPToZeroWindowAdv', metricIdOf('tcp_to_zero_window_count')],
  ['TcpExt:TCPFromZeroWindowAdv', metricIdOf('tcp_from_zero_window_count')],
  ['TcpExt:TCPRcvQDrop', metricIdOf('tcp_receive_queue_drops_count')],
  ['TcpExt:TCPBacklogDrop', metricIdOf('tcp_backlog_drops_count')],
  ['TcpExt:TCPOFOQueue', metricIdOf('tcp_out_of_order_count')],
]);

/**
 * `/proc/net/snmp` and `/proc/net/netstat`: pairs of lines, names above values, both behind the group's name. The names stay the same
 * from reading to reading, so where each wanted one stands is looked up only when they changed.
 */
export function tcpCountersParser(): (text: string, emit: EmitValue) => void {
  const columnsOf = new Map<string, TcpColumns>();
  return (text, emit) => {
    for (const group of TCP_GROUPS) {
      const start = text.startsWith(group) ? 0 : text.indexOf(`\n${group}`) + 1;
      if (!text.startsWith(group, start)) continue;
      const [names = '', values = ''] = text.slice(start).split('\n', 2);
      if (!values.startsWith(group)) continue;
      let columns = columnsOf.get(group);
      if (columns?.names !== names) columnsOf.set(group, (columns = findColumns(group, names)));
      const words = values.split(' ');
      for (const [column, metricId] of columns.wanted) {
        const value = counterOf(words[column]);
        if (value !== undefined) emit(metricId, 0, value);
      }
    }
  };
}

const TCP_GROUPS = ['Tcp:', 'TcpExt:'];

interface TcpColumns {
  readonly names: string;
  readonly wanted: readonly (readonly [column: number, metricId: number])[];
}

function findColumns(group: string, names: string): TcpColumns {
  const wanted = names.split(' ').flatMap((name, column) => {
    const metricId = TCP.get(group + name);
    return metricId === undefined ? [] : [[column, metricId] as const];
  });
  return { names, wanted };
}
