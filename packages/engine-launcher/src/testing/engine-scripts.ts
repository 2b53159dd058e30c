import type { EngineLaunch } from '../launch-engine.js';
import type { EngineTemplate } from '../engine-templates.js';

/** Answers 200 to `/health` on its first argument's port. */
export const HEALTHY = `
  const { createServer } = require('node:http');
  console.log('listening soon');
  createServer((request, response) => {
    response.statusCode = request.url === '/health' ? 200 : 404;
    response.end(JSON.stringify(process.env));
  }).listen(Number(process.argv[1]), '127.0.0.1');
`;

/** A worker that ignores SIGTERM and writes its pid as a line. `detached` takes it out of the group and the session. */
export function stubbornChild(detached: boolean): string {
  const child = `process.on('SIGTERM', () => {}); console.log('pid ' + process.pid); setInterval(() => {}, 1000);`;
  return `require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(child)}],
    { stdio: 'inherit', detached: ${detached} });`;
}

/** An engine that is a script of node. */
export function scripted(script: string, ...words: readonly string[]): EngineTemplate {
  return {
    name: 'scripted',
    command: { kind: 'words', words: [process.execPath, '-e', script, '{port}', ...words] },
    healthPaths: ['/health', '/v1/models'],
  };
}

export function environment(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

/** A launch with room for a busy machine. */
export function launchOf(
  given: Pick<EngineLaunch, 'template' | 'logPath'> & Partial<EngineLaunch>,
): EngineLaunch {
  return {
    values: {},
    host: '127.0.0.1',
    port: undefined,
    env: environment(),
    startLimitMs: 50_000,
    graceMs: 20_000,
    ...given,
  };
}
