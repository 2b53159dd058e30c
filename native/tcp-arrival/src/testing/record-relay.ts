import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

const HEADER_BYTES = 5;
const APPLICATION_DATA = 23;

/**
 * Stands between a TLS client and its server without keys. It lets everything through until it is told to hold what the server says;
 * then it keeps the records, whole, and the test sends what it likes of them.
 */
export class RecordRelay {
  readonly heldRecords: Buffer[] = [];
  #isHolding = false;
  #holdsOnceClientFinished = false;
  #rest: Buffer = Buffer.alloc(0);
  #toClient: Socket | undefined;
  readonly #sockets: Socket[] = [];

  private constructor(
    readonly port: number,
    readonly server: Server,
  ) {}

  static async open(serverPort: number): Promise<RecordRelay> {
    const server = createServer({ noDelay: true, allowHalfOpen: true });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const relay = new RecordRelay((server.address() as AddressInfo).port, server);
    server.on('connection', (client) => relay.#join(client, serverPort));
    return relay;
  }

  hold(): void {
    this.#isHolding = true;
  }

  /** TLS 1.3: the server's tickets follow the client's last word of the handshake, its first encrypted one. */
  holdOnceClientFinished(): void {
    this.#holdsOnceClientFinished = true;
  }

  release(): void {
    this.#isHolding = false;
    const held = Buffer.concat([...this.takeHeld(), this.#rest]);
    this.#rest = Buffer.alloc(0);
    if (held.length > 0) this.#toClient?.write(held);
  }

  takeHeld(): Buffer[] {
    return this.heldRecords.splice(0);
  }

  /** Between what moments the bytes went to the kernel. */
  send(bytes: Buffer, nowNs: () => number): { fromNs: number; toNs: number } {
    const fromNs = nowNs();
    this.#toClient?.write(bytes);
    return { fromNs, toNs: nowNs() };
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.server.close();
  }

  static recordsOf(bytes: Buffer): { readonly records: readonly Buffer[]; readonly rest: Buffer } {
    const records: Buffer[] = [];
    let at = 0;
    while (bytes.length - at >= HEADER_BYTES) {
      const length = HEADER_BYTES + bytes.readUInt16BE(at + 3);
      if (bytes.length - at < length) break;
      records.push(bytes.subarray(at, at + length));
      at += length;
    }
    return { records, rest: bytes.subarray(at) };
  }

  #join(client: Socket, serverPort: number): void {
    const server = connect({ port: serverPort, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
    this.#toClient = client;
    this.#sockets.push(client, server);
    for (const socket of this.#sockets) socket.on('error', () => undefined);
    client.on('data', (bytes) => {
      if (this.#holdsOnceClientFinished && isEncrypted(bytes)) this.#isHolding = true;
      server.write(bytes);
    });
    client.on('end', () => server.end());
    server.on('data', (bytes) => this.#fromServer(client, bytes));
    server.on('end', () => client.end());
  }

  #fromServer(client: Socket, bytes: Buffer): void {
    if (!this.#isHolding) {
      client.write(bytes);
      return;
    }
    const { records, rest } = RecordRelay.recordsOf(Buffer.concat([this.#rest, bytes]));
    this.heldRecords.push(...records);
    this.#rest = rest;
  }
}

function isEncrypted(bytes: Buffer): boolean {
  return RecordRelay.recordsOf(bytes).records.some((record) => record[0] === APPLICATION_DATA);
}
