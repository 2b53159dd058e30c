import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** A real HTTP proxy on loopback that opens tunnels, or answers every CONNECT with `answer` instead. */
export class TunnelProxy {
  readonly asked: { readonly authority: string; readonly authorization: string | undefined }[] = [];
  readonly #server: Server;
  readonly #open = new Set<Duplex>();

  private constructor(answer: string | undefined) {
    this.#server = createServer((_request, response) => response.writeHead(501).end());
    this.#server.on('connect', (request: IncomingMessage, client: Duplex) => {
      this.asked.push({
        authority: request.url ?? '',
        authorization: request.headers['proxy-authorization'],
      });
      this.#keep(client);
      if (answer === undefined) this.#tunnel(client, request.url ?? '');
      else client.end(answer);
    });
  }

  static async start(answer?: string): Promise<TunnelProxy> {
    const proxy = new TunnelProxy(answer);
    await once(proxy.#server.listen(0, '127.0.0.1'), 'listening');
    return proxy;
  }

  get authority(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    for (const socket of this.#open) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #tunnel(client: Duplex, authority: string): void {
    const { hostname, port } = new URL(`http://${authority}`);
    const server: Socket = connect(Number(port), hostname, () => {
      // In two parts, for a head may come in any.
      client.write('HTTP/1.1 200 Connection est');
      setImmediate(() => {
        client.write('ablished\r\n\r\n');
        client.pipe(server).pipe(client);
      });
    });
    this.#keep(server);
  }

  #keep(socket: Duplex): void {
    this.#open.add(socket);
    socket.on('error', () => socket.destroy()).on('close', () => this.#open.delete(socket));
  }
}
