import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Which processes belong to an engine. */
export interface ProcessTree {
  /** The engine's own process: leader of its session and of its group. */
  readonly leaderPid: number;
  /** `NAME=value` of a variable that only this engine's processes inherited. */
  readonly mark: string;
}

const FIRST_LOOK_MS = 20;
const SLOWEST_LOOK_MS = 200;
/** After SIGKILL only a process that the kernel itself holds (a driver that hangs) is still there. */
const KILL_LIMIT_MS = 10_000;

/**
 * The living processes of a tree: all of the leader's session or group and, on Linux, all that carry its mark, so also daemons that have
 * left both. A process that has ended and was not yet waited for counts as gone. Elsewhere than on Linux the leader stands for its group.
 */
export function livingProcesses(tree: ProcessTree): readonly number[] {
  const pids = processIds();
  if (pids === undefined) return groupExists(tree.leaderPid) ? [tree.leaderPid] : [];
  return pids.filter((pid) => pid !== process.pid && belongs(pid, tree));
}

/** Ends a tree: SIGTERM to all of it, and SIGKILL to what is left after `graceMs`. Resolves when nothing is left. */
export async function endProcessTree(
  tree: ProcessTree,
  graceMs: number,
): Promise<{ readonly killed: boolean; readonly remainingPids: readonly number[] }> {
  signalAll(tree, 'SIGTERM');
  if ((await awaitGone(tree, graceMs)).length === 0) return { killed: false, remainingPids: [] };
  // Children may be born between the look and the signal: so again until a look finds none.
  const limit = Date.now() + KILL_LIMIT_MS;
  let remainingPids = livingProcesses(tree);
  while (remainingPids.length > 0 && Date.now() < limit) {
    signalAll(tree, 'SIGKILL');
    remainingPids = await awaitGone(tree, SLOWEST_LOOK_MS);
  }
  return { killed: true, remainingPids };
}

async function awaitGone(tree: ProcessTree, limitMs: number): Promise<readonly number[]> {
  const limit = Date.now() + limitMs;
  for (let pauseMs = FIRST_LOOK_MS; ; pauseMs = Math.min(2 * pauseMs, SLOWEST_LOOK_MS)) {
    const pids = livingProcesses(tree);
    const leftMs = limit - Date.now();
    if (pids.length === 0 || leftMs <= 0) return pids;
    await sleep(Math.min(pauseMs, leftMs));
  }
}

function signalAll(tree: ProcessTree, name: NodeJS.Signals): void {
  // The group first and at once: a leader that restarts its workers has no time to.
  if (livingProcesses(tree).length > 0) signal(-tree.leaderPid, name);
  for (const pid of livingProcesses(tree)) if (!isOfGroup(pid, tree)) signal(pid, name);
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (thrown) {
    // Gone in the meantime; or another user's, which the look afterwards will tell.
    if (!hasCode(thrown, 'ESRCH') && !hasCode(thrown, 'EPERM')) throw thrown;
  }
}

/** `undefined` where there is no /proc. */
function processIds(): readonly number[] | undefined {
  if (process.platform !== 'linux') return undefined;
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

function belongs(pid: number, tree: ProcessTree): boolean {
  const stat = statOf(pid);
  if (stat === undefined || stat.state === 'Z' || stat.state === 'X') return false;
  if (stat.groupId === tree.leaderPid || stat.sessionId === tree.leaderPid) return true;
  return readOf(pid, 'environ')?.split('\0').includes(tree.mark) ?? false;
}

function isOfGroup(pid: number, { leaderPid }: ProcessTree): boolean {
  return statOf(pid)?.groupId === leaderPid;
}

/** Behind the name, which may hold any character: state, parent, group, session. */
function statOf(
  pid: number,
): { readonly state: string; readonly groupId: number; readonly sessionId: number } | undefined {
  const text = readOf(pid, 'stat');
  if (text === undefined) return undefined;
  const [state = '', , groupId = '', sessionId = ''] = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { state, groupId: Number(groupId), sessionId: Number(sessionId) };
}

/** `undefined` for a process that is gone or another user's. */
function readOf(pid: number, file: 'stat' | 'environ'): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    return undefined;
  }
}

function groupExists(leaderPid: number): boolean {
  try {
    process.kill(-leaderPid, 0);
    return true;
  } catch {
    return false;
  }
}

function hasCode(thrown: unknown, code: string): boolean {
  return thrown instanceof Error && 'code' in thrown && thrown.code === code;
}
