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

/** `/proc/net/snmp` and `/proc/net/netstat`: pairs of lines, names above values, both behind the group's name. */
export function parseTcpCounters(text: string, emit: EmitValue): void {
  const lines = text.split('\n');
  for (let at = 0; at + 1 < lines.length; at++) {
    const names = lines[at] ?? '';
    const group = names.startsWith('Tcp:') ? 'Tcp:' : names.startsWith('TcpExt:') ? 'TcpExt:' : undefined;
    if (group === undefined) continue;
    const values = wordsOf(lines[++at] ?? '');
    if (values[0] !== group) continue;
    wordsOf(names).forEach((name, column) => {
      const id = TCP.get(group + name);
      const value = counterOf(values[column]);
      if (id !== undefined && value !== undefined) emit(id, 0, value);
    });
  }
}
