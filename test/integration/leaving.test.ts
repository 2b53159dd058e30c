import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { isBuilt } from './built.js';
import { ScriptedServer } from './scripted-server.js';

it.skipIf(!isBuilt)(
  'a program that ran a load ends by itself: no timer, socket or thread is left',
  async () => {
    const server = await ScriptedServer.start(() => ({ kind: 'stream', gapsMs: [1, 1] }));
    try {
      const program = fileURLToPath(new URL('./run-and-leave.mjs', import.meta.url));
      // Killed, and so failed, when it is still there long after its load; its own limits are as long as this one.
      const { stdout } = await promisify(execFile)(process.execPath, [program, server.url], {
        timeout: 50_000,
      });
      expect(JSON.parse(stdout)).toEqual([
        ['finished', 10],
        ['finished', 10],
        ['finished', 10],
        ['finished', 10],
      ]);
    } finally {
      await server.close();
    }
  },
);
