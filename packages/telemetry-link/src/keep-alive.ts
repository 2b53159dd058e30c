import type { WebSocket } from 'ws';

/** Pings the other side, and gives it up when it has not answered by the second ping after. Returns how to stop. */
export function keepAlive(socket: WebSocket, periodMs: number): () => void {
  let unanswered = 0;
  socket.on('pong', () => (unanswered = 0));
  const timer = setInterval(() => {
    if (unanswered >= 2) socket.terminate();
    else if (socket.readyState === socket.OPEN) socket.ping();
    unanswered += 1;
  }, periodMs).unref();
  return () => clearInterval(timer);
}
