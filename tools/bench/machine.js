// @ts-check
import { spawnSync } from 'node:child_process';
import { availableParallelism, cpus, release, totalmem, type } from 'node:os';

/** What a figure needs beside it to mean anything. */
export function describeMachine() {
  return {
    cpu_model: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memory_bytes: totalmem(),
    node: process.version,
    kernel: `${type()} ${release()}`,
  };
}

/**
 * The commit that the working tree is at, and whether files differ from it; `unknown` outside a git checkout.
 *
 * @param {string} root
 * @returns {{ readonly commit: string; readonly dirty: boolean | undefined }}
 */
export function describeCommit(root) {
  const git = (/** @type {string[]} */ ...args) => spawnSync('git', args, { cwd: root, encoding: 'utf8' });
  const head = git('rev-parse', '--short=12', 'HEAD');
  if (head.status !== 0) return { commit: 'unknown', dirty: undefined };
  return { commit: head.stdout.trim(), dirty: git('status', '--porcelain').stdout !== '' };
}
