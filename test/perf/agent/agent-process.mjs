import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/**
 * The agent of `bench-agent.mjs`, ready to be asked: `look()` gives what it has cost so far.
 *
 * @param {{ fastHz: number; withHost: boolean }} options
 */
export async function startAgentProcess(options) {
  const file = fileURLToPath(new URL('bench-agent.mjs', import.meta.url));
  // AGENT_BENCH_NODE_FLAGS: --cpu-prof, say.
  const execArgv = (process.env.AGENT_BENCH_NODE_FLAGS ?? '').split(' ').filter(Boolean);
  const child = fork(file, [JSON.stringify(options)], { execArgv, stdio: ['ignore', 2, 2, 'ipc'] });
  const exited = once(child, 'exit');
  const answer = () =>
    Promise.race([
      once(child, 'message').then(([message]) => message),
      exited.then(([code]) => Promise.reject(new Error(`the agent ended with ${code}`))),
    ]);
  const { url } = await answer();
  return {
    url,
    pid: child.pid,
    look() {
      child.send('look');
      return answer();
    },
    async close() {
      child.send('close');
      await exited;
    },
  };
}
