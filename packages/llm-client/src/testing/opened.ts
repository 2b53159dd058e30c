import { afterEach } from 'vitest';
import type { LlmClient, LlmClientOptions } from '../llm-client.js';
import { clientFor } from './client-fixture.js';
import { ScriptedServer, type Script } from './scripted-server.js';

/** What a test file opens; closed after each test, the last first. */
export function openedForEachTest(): {
  serve(
    script: Script,
    options?: Partial<LlmClientOptions>,
  ): Promise<{ server: ScriptedServer; client: LlmClient }>;
  keep<T extends { close(): Promise<unknown> }>(one: T): T;
} {
  const opened: { close(): Promise<unknown> }[] = [];
  afterEach(async () => {
    for (const one of opened.splice(0).reverse()) await one.close();
  });
  const keep = <T extends { close(): Promise<unknown> }>(one: T): T => {
    opened.push(one);
    return one;
  };
  return {
    keep,
    serve: async (script, options = {}) => {
      const server = keep(await ScriptedServer.start(script));
      return { server, client: keep(clientFor(server.url, options)) };
    },
  };
}
