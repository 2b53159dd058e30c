/*
 * A process of its own that streams tokens over HTTP and notes when. CLOCK_MONOTONIC is one clock for all
 * processes of a host, so its times compare with another process's stamps.
 *
 * Each token's content is its index. When a stream is over, its times go to the parent: for each token, the
 * time just before and just after the call that handed it to the kernel. It arrived between the two. The
 * socket is a plain one, since Node's HTTP server hands bytes to the kernel only after `write` has returned.
 */
import { createServer } from 'node:net';

const TOKENS_COUNT = Number(process.argv[2]);
const LARGEST_GAP_MS = Number(process.argv[3]);
const HEAD =
  'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n';

const chunk = (text) => `${text.length.toString(16)}\r\n${text}\r\n`;

function stream(socket, requestId) {
  const times = [];
  const sendNext = () => {
    const choices = [{ index: 0, delta: { content: `${times.length} ` }, finish_reason: null }];
    const event = chunk(`data: ${JSON.stringify({ choices })}\n\n`);
    const before = process.hrtime.bigint();
    socket.write(event);
    times.push([String(before), String(process.hrtime.bigint())]);
    if (times.length < TOKENS_COUNT) {
      setTimeout(sendNext, Math.random() * LARGEST_GAP_MS);
      return;
    }
    socket.end(`${chunk('data: [DONE]\n\n')}0\r\n\r\n`);
    process.send?.({ requestId, times });
  };
  socket.write(HEAD);
  sendNext();
}

const server = createServer((socket) => {
  socket.setNoDelay(true);
  socket.on('error', () => undefined);
  let received = '';
  socket.on('data', (bytes) => {
    received += bytes.toString('latin1');
    const requestId = /x-request-id: (.*)\r\n[^]*\}$/.exec(received)?.[1];
    if (requestId === undefined) return;
    received = '';
    stream(socket, requestId);
  });
});

server.listen(0, '127.0.0.1', () => process.send?.({ port: server.address().port }));
process.on('disconnect', () => process.exit());
