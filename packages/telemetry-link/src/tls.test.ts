import { expect, it } from 'vitest';
import { connected, recordLink, until } from './testing/recorded-link.js';
import { startAgent } from './testing/running-agent.js';
import { AUTHORITY, OTHER_NAME_TLS, SERVER_TLS } from './testing/tls-files.js';

it('streams and probes over TLS with an agent whose authority it was given', async () => {
  const agent = await startAgent({ tls: SERVER_TLS });
  expect(agent.url).toMatch(/^wss:/);
  const { rows, probes } = await connected(agent.url, { tls: { ca: AUTHORITY } });
  agent.source.give([{ value: 7 }]);
  await until(() => rows.length === 1 && probes.length > 0);
});

it.each([
  ['an authority that it does not know', SERVER_TLS, {}, /by --agent-ca FILE/],
  ['another name', OTHER_NAME_TLS, { ca: AUTHORITY }, /certificate is for other names.*subjectAltName/],
])('refuses a certificate of %s, and says what to do', async (_name, tls, trust, hint) => {
  const agent = await startAgent({ tls });
  await expect(recordLink(agent.url, { tls: trust }).link.ready).rejects.toMatchObject({
    code: 'link.untrusted',
    hint: expect.stringMatching(hint) as string,
  });
  expect(agent.server.readersCount).toBe(0);
});

it('says that an agent speaks no TLS, or only TLS', async () => {
  const plain = await startAgent();
  await expect(recordLink(plain.url.replace('ws:', 'wss:')).link.ready).rejects.toMatchObject({
    hint: expect.stringContaining('begins with ws://') as string,
  });
  const secure = await startAgent({ tls: SERVER_TLS });
  await expect(recordLink(secure.url.replace('wss:', 'ws:')).link.ready).rejects.toMatchObject({
    code: 'link.unreachable',
    hint: expect.stringContaining('TLS') as string,
  });
});
