// node delaying-relay.mjs TARGET_HOST:PORT OUT_MS BACK_MS
// Relays TCP from a free port of loopback, which it prints, and holds all bytes back by as much as is asked for each way.
import { connect, createServer } from 'node:net';

const [target, outMs, backMs] = process.argv.slice(2);
const [host, port] = target.split(':');

createServer({ noDelay: true }, (client) => {
  const server = connect({ host, port: Number(port), noDelay: true });
  carry(client, server, Number(outMs));
  carry(server, client, Number(backMs));
}).listen(0, '127.0.0.1', function () {
  console.log(`http://127.0.0.1:${this.address().port}`);
});

/** Timers of one length fire in order, so bytes stay in order. One more: a timer may fire up to a millisecond early. */
function carry(from, to, delayMs) {
  const later = (act) => setTimeout(() => !to.destroyed && act(), delayMs + 1);
  from.on('data', (bytes) => later(() => to.write(bytes)));
  from.on('end', () => later(() => to.end()));
  from.on('error', () => to.destroy());
  from.on('close', () => later(() => to.destroy()));
}
