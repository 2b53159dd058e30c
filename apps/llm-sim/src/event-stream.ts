import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * A response body of server-sent events whose bytes reach the kernel before `write` returns.
 *
 * `ServerResponse.write` corks its socket and leaves the system call to the next tick: a loop over a thousand streams would stamp all
 * of its writes long before the first of them happened. So the chunk framing is written here, straight to the socket, one system
 * call an event. `token-stamps.test.ts` would notice: it compares stamps with what a reader sees.
 */
export class EventStream {
  private readonly isChunked: boolean;
  private readonly socket: Socket;

  /** The response must own its connection (see `ownConnection`). Sends the headers. */
  constructor(
    request: IncomingMessage,
    private readonly response: ServerResponse,
  ) {
    if (response.socket === null) throw new Error('Expected a response that owns its connection');
    this.socket = response.socket;
    this.isChunked = request.httpVersion === '1.1';
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache',
    });
    response.flushHeaders();
  }

  /** An event in the form that `write` takes; worth keeping where the same event is written again. */
  frame(event: string): Buffer {
    return Buffer.from(this.isChunked ? `${Buffer.byteLength(event).toString(16)}\r\n${event}\r\n` : event);
  }

  /** True when bytes are left that the kernel has not taken: the client reads too slowly. */
  write(framed: Buffer): boolean {
    if (this.socket.destroyed) return false;
    this.socket.write(framed);
    return this.socket.writableLength > 0;
  }

  end(events: string): void {
    this.response.end(events);
  }
}

/**
 * Resolves when no earlier response of the same connection is under way any more. A client that sends several requests without
 * waiting has them served one after another, as by vLLM's HTTP server. Stays pending when the connection closes before that.
 */
export async function ownConnection(response: ServerResponse): Promise<void> {
  if (response.socket !== null) return;
  await new Promise((resolve) => response.once('socket', resolve));
}
