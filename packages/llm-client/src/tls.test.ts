import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { clientFor, send, stampSource } from './testing/client-fixture.js';
import { openedForEachTest } from './testing/opened.js';
import {
  chatEvent,
  chunk,
  head,
  LAST_CHUNK,
  ScriptedServer,
  type ServerTls,
} from './testing/scripted-server.js';

const { keep } = openedForEachTest();
const pem = (name: string): string =>
  readFileSync(new URL(`testing/tls/${name}.pem`, import.meta.url), 'utf8');
const tls: ServerTls = { key: pem('server-key'), cert: pem('server-cert') };
const OK = [head(), chunk(chatEvent('a')), chunk(chatEvent('b', 'stop')), LAST_CHUNK];

async function secure(): Promise<ScriptedServer> {
  return keep(await ScriptedServer.start(OK, tls));
}

it('refuses a certificate that nobody it trusts has signed, and says what to do', async () => {
  const { outcome } = await send(keep(clientFor((await secure()).url)));
  expect(outcome).toMatchObject({ status: 'error', errorCode: 'tls', httpStatus: undefined });
  expect(outcome.errorMessage).toMatch(/self-signed certificate\. Give the certificate/);
});

it('accepts it with its authority, again and again on one connection', async () => {
  const server = await secure();
  const client = keep(clientFor(server.url, { tls: { caPem: tls.cert } }));
  for (let index = 0; index < 3; index += 1) {
    const { outcome, text, chunks } = await send(client);
    expect(outcome.status).toBe('ok');
    expect(text).toBe('ab');
    expect(chunks[0]?.errorNs).toBeGreaterThan(0);
    expect(chunks[0]?.stampSource).toBe(stampSource());
  }
  expect(server.connectionsCount).toBe(1);
});

it('accepts anything when told to', async () => {
  const client = keep(clientFor((await secure()).url, { tls: { insecure: true } }));
  expect((await send(client)).outcome.status).toBe('ok');
});

it('refuses a certificate for another name', async () => {
  const { port } = await secure();
  const client = keep(clientFor(`https://localhost:${port}`, { tls: { caPem: tls.cert } }));
  const { outcome } = await send(client);
  expect(outcome.errorCode).toBe('tls');
  expect(outcome.errorMessage).toMatch(/does not match certificate's altnames/);
});

it('says that a plain server does not speak TLS', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const client = keep(clientFor(`https://127.0.0.1:${(server.address() as AddressInfo).port}`));
  const { outcome } = await send(client);
  expect(outcome.errorCode).toBe('tls');
  expect(outcome.errorMessage).toMatch(/try http:\/\//);
  server.close();
});

it('says that a TLS server does not speak plain HTTP', async () => {
  const { port } = await secure();
  const { outcome } = await send(keep(clientFor(`http://127.0.0.1:${port}`)));
  expect(['protocol', 'reset']).toContain(outcome.errorCode);
});
