import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { setTimeout as sleep } from 'node:timers/promises';

/** What the server does with one request: bytes to write, a pause, something to wait for, or a way to leave the response. */
export type Step =
  | string
  | Buffer
  | { readonly pauseMs: number }
  | { readonly waitFor: () => Promise<unknown> }
  | { readonly leave: 'close' | 'reset' | 'hang' };

/** FIN after what was written. */
export const CLOSE: Step = { leave: 'close' };
/** RST. */
export const RESET: Step = { leave: 'reset' };
/** Nothing more, until the client goes. */
export const HANG: Step = { leave: 'hang' };

export interface ReceivedRequest {
  readonly requestLine: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Which connection brought it, from 0 in order of connecting. */
  readonly connectionIndex: number;
}

export type Script = readonly Step[] | ((request: ReceivedRequest) => readonly Step[]);

export interface ServerTls {
  readonly key: string;
  readonly cert: string;
}

/**
 * A TCP (or TLS) server on a loopback port that answers each request by a script, byte for byte. It reads
 * requests of HTTP/1.1 with a content-length, and nothing else, on purpose: what it sends is up to the test.
 */
export class ScriptedServer {
  readonly requests: ReceivedRequest[] = [];
  readonly #server: Server;
  readonly #scheme: string;
  readonly #sockets = new Set<Socket>();
  #connectionsCount = 0;
  #closedCount = 0;

  private constructor(script: Script, tls: ServerTls | undefined) {
    const onSocket = (socket: Socket): void => {
      this.#serve(socket, script);
    };
    this.#scheme = tls === undefined ? 'http' : 'https';
    this.#server = tls === undefined ? createServer(onSocket) : createTlsServer(tls, onSocket);
  }

  static async start(script: Script, tls?: ServerTls): Promise<ScriptedServer> {
    const server = new ScriptedServer(script, tls);
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `${this.#scheme}://127.0.0.1:${this.port}`;
  }

  get connectionsCount(): number {
    return this.#connectionsCount;
  }

  /** Connections open now. */
  get openCount(): number {
    return this.#connectionsCount - this.#closedCount;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #serve(socket: Socket, script: Script): void {
    const connectionIndex = this.#connectionsCount;
    this.#connectionsCount += 1;
    this.#sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#closedCount += 1;
      this.#sockets.delete(socket);
    });
    let received = Buffer.alloc(0);
    socket.on('data', (bytes) => {
      received = Buffer.concat([received, bytes]);
      for (;;) {
        const request = parseRequest(received, connectionIndex);
        if (request === undefined) return;
        received = received.subarray(request.sizeBytes);
        this.requests.push(request.request);
        void play(socket, typeof script === 'function' ? script(request.request) : script);
      }
    });
  }
}

async function play(socket: Socket, steps: readonly Step[]): Promise<void> {
  for (const step of steps) {
    if (socket.destroyed) return;
    if (typeof step === 'string' || Buffer.isBuffer(step)) {
      await new Promise((resolve) => socket.write(step, resolve));
    } else if ('pauseMs' in step) {
      await sleep(step.pauseMs);
    } else if ('waitFor' in step) {
      await step.waitFor();
    } else if (step.leave === 'close') {
      socket.end();
    } else if (step.leave === 'reset') {
      socket.resetAndDestroy();
    }
  }
}

function parseRequest(
  bytes: Buffer,
  connectionIndex: number,
): { request: ReceivedRequest; sizeBytes: number } | undefined {
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (headEnd === -1) return undefined;
  const [requestLine = '', ...lines] = bytes.toString('latin1', 0, headEnd).split('\r\n');
  const headers = Object.fromEntries(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  const sizeBytes = headEnd + 4 + Number(headers['content-length'] ?? 0);
  if (bytes.length < sizeBytes) return undefined;
  const body = bytes.toString('utf8', headEnd + 4, sizeBytes);
  return { request: { requestLine, headers, body, connectionIndex }, sizeBytes };
}

/** A response head; chunked unless the headers say otherwise. */
export function head(status = '200 OK', headers: Readonly<Record<string, string>> = {}): string {
  const all = { 'content-type': 'text/event-stream', 'transfer-encoding': 'chunked', ...headers };
  const lines = Object.entries(all)
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status}\r\n${lines.join('')}\r\n`;
}

/** One HTTP chunk. */
export function chunk(data: string | Buffer): Buffer {
  const bytes = Buffer.from(data as string);
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]);
}

export const LAST_CHUNK = '0\r\n\r\n';

/** A complete response with a content-length. */
export function fullResponse(
  status: string,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): string {
  const length = String(Buffer.byteLength(body));
  return head(status, { 'transfer-encoding': '', 'content-length': length, ...headers }) + body;
}

/** One chat event. */
export function chatEvent(content: string, finishReason: string | null = null): string {
  const choices = [{ index: 0, delta: { content }, finish_reason: finishReason }];
  return `data: ${JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion.chunk', choices })}\n\n`;
}

export const DONE = 'data: [DONE]\n\n';
