import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { EventStream } from './event-stream.js';

async function withResponse(
  use: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<string> {
  const server = createServer(use);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const text = await (await fetch(`http://127.0.0.1:${port}/`)).text();
  await new Promise((resolve) => server.close(resolve));
  return text;
}

it('has handed every byte to the kernel when write returns', async () => {
  const handedBytes: number[] = [];
  const text = await withResponse((request, response) => {
    const stream = new EventStream(request, response);
    const { socket } = response;
    for (const event of ['data: a\n\n', 'data: über\n\n']) {
      const framed = stream.frame(event);
      const before = socket?.bytesWritten ?? NaN;
      expect(stream.write(framed)).toBe(false);
      expect(socket?.writableLength).toBe(0);
      handedBytes.push((socket?.bytesWritten ?? NaN) - before);
    }
    stream.end('data: [DONE]\n\n');
  });
  // The events and their chunk framing: length in hexadecimal, two line ends.
  expect(handedBytes).toEqual([9 + 5, 13 + 5]);
  expect(text).toBe('data: a\n\ndata: über\n\ndata: [DONE]\n\n');
});
