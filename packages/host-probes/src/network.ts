import { metricIdOf, type EmitValue, type ParseFile } from './emit-value.js';
import { bytesOf, type KernelText } from './kernel-text.js';

/** The metrics of the columns of `/proc/net/dev` behind the interface's name. */
const INTERFACE_COLUMNS: readonly (number | undefined)[] = [
  metricIdOf('network_rx_bytes'),
  metricIdOf('network_rx_packets_count'),
  metricIdOf('network_rx_errors_count'),
  metricIdOf('network_rx_drops_count'),
  undefined,
  undefined,
  undefined,
  undefined,
  metricIdOf('network_tx_bytes'),
  metricIdOf('network_tx_packets_count'),
  metricIdOf('network_tx_errors_count'),
  metricIdOf('network_tx_drops_count'),
];

/** A line of an interface that was read before: its name with the colon behind it. */
interface KnownInterface {
  readonly name: Uint8Array;
  readonly subId: number;
}

/**
 * `/proc/net/dev`. `subIdOf` numbers interfaces by name, or gives `undefined` for one to leave out. Interfaces mostly stand where they
 * stood before, so that their names are compared and not read.
 */
export function netDevParser(subIdOf: (name: string) => number | undefined): ParseFile {
  const known: (KnownInterface | undefined)[] = [];
  return (text, emit) => {
    let row = 0;
    do {
      text.skipBlanks();
      const found = known[row];
      const face = found !== undefined && text.isAt(found.name) ? found : readInterface(text, subIdOf);
      known[row++] = face;
      if (face === undefined) continue;
      text.take(face.name);
      text.skipBlanks();
      emitInterface(text, face.subId, emit);
    } while (text.nextLine());
  };
}

/** A name may hold a colon of its own (`br:1:`), and its first number may touch it (`eth0:10`): the name ends with the word's last colon. */
function readInterface(
  text: KernelText,
  subIdOf: (name: string) => number | undefined,
): KnownInterface | undefined {
  const name = /^.+:(?=\d*$)/.exec(text.word())?.[0];
  const subId = name === undefined ? undefined : subIdOf(name.slice(0, -1));
  return name === undefined || subId === undefined ? undefined : { name: bytesOf(name), subId };
}

function emitInterface(text: KernelText, subId: number, emit: EmitValue): void {
  for (let column = 0; column < INTERFACE_COLUMNS.length && !text.isAtLineEnd; column++) {
    const value = text.counter();
    const metricId = INTERFACE_COLUMNS[column];
    if (metricId !== undefined && value !== undefined) emit(metricId, subId, value);
  }
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
export function tcpCountersParser(): ParseFile {
  const groups = ['Tcp:', 'TcpExt:'].map((name) => new TcpGroup(name));
  return (text, emit) => {
    do {
      const group = groups.find((each) => each.isAt(text));
      if (group !== undefined && !group.emit(text, emit)) return;
    } while (text.nextLine());
  };
}

/** One group of counters, and where its wanted ones stood when its names were last read. */
class TcpGroup {
  readonly #name: string;
  readonly #word: Uint8Array;
  #namesLine: Uint8Array = bytesOf('\n');
  #wanted: readonly (readonly [column: number, metricId: number])[] = [];

  constructor(name: string) {
    this.#name = name;
    this.#word = bytesOf(`${name} `);
  }

  isAt(text: KernelText): boolean {
    return text.isAt(this.#word);
  }

  /** Reads the line of names here and the line of values below; false where the text ends before it. */
  emit(text: KernelText, emit: EmitValue): boolean {
    if (!text.isAt(this.#namesLine)) this.#readNames(text.line());
    if (!text.nextLine()) return false;
    if (!this.isAt(text)) return true;
    let at = 0;
    for (const [column, metricId] of this.#wanted) {
      text.skipWords(column - at);
      const value = text.counter();
      at = column + 1;
      if (value !== undefined) emit(metricId, 0, value);
    }
    return true;
  }

  #readNames(line: string): void {
    // With the line's end, or names that were added behind the last would pass for the same.
    this.#namesLine = bytesOf(`${line}\n`);
    this.#wanted = line.split(' ').flatMap((name, column) => {
      const metricId = TCP.get(this.#name + name);
      return metricId === undefined ? [] : [[column, metricId] as const];
    });
  }
}
