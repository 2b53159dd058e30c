import type { IncomingMessage, ServerResponse } from 'node:http';

/**
 * A response body of server-sent events whose bytes reach the kernel before `write` returns.
 *
 * `ServerResponse.write` corks its socket and leaves the system call to the next tick: a loop over a thousand streams would stamp all
 * of its writes long before the first of them happened. So the chunk framing is written here, straight to the socket, one system
 * call an event. `truth-log.test.ts` would notice: it compares stamps with what a reader sees.
 */
export class EventStream {
  private readonly isChunked: boolean;

  constructor(
    request: IncomingMessage,
    private readonly response: ServerResponse,
  ) {
    this.isChunked = request.httpVersion === '1.1';
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache',
    });
    response.flushHeaders();
  }

  /** True when the kernel has not taken all of the bytes: the client reads too slowly, or an earlier response goes first. */
  write(event: string): boolean {
    const { socket } = this.response;
    if (socket === null) {
      // Pipelined behind another response of the same connection, which owns the socket until it has ended.
      this.response.write(event);
      return true;
    }
    socket.write(this.isChunked ? `${Buffer.byteLength(event).toString(16)}\r\n${event}\r\n` : event);
    return socket.writableLength > 0;
  }

  end(events: string): void {
    this.response.end(events);
  }
}
