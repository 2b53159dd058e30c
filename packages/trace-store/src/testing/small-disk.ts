import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** Whether this machine lets us mount a file system in memory, which takes root; says why not, once, where it does not. */
export const CAN_MOUNT = tryMount();

/** A file system of its own in memory that is full after `sizeKiB`, unmounted when the test ends. */
export function smallDisk(sizeKiB: number): { readonly folder: string; makeReadOnly(): void } {
  const folder = mount(sizeKiB);
  onTestFinished(() => unmount(folder));
  return { folder, makeReadOnly: () => run('mount', ['-o', 'remount,ro', folder]) };
}

function tryMount(): boolean {
  try {
    unmount(mount(64));
    return true;
  } catch (thrown) {
    console.warn(
      `Not tested here: a full disk and a read-only one, for no tmpfs can be mounted (${String(thrown)})`,
    );
    return false;
  }
}

function mount(sizeKiB: number): string {
  const folder = mkdtempSync(join(tmpdir(), 'fluidscope-small-disk-'));
  try {
    run('mount', ['-t', 'tmpfs', '-o', `size=${sizeKiB}k`, 'tmpfs', folder]);
    return folder;
  } catch (thrown) {
    rmSync(folder, { recursive: true });
    throw thrown;
  }
}

function unmount(folder: string): void {
  run('umount', ['--lazy', folder]);
  rmSync(folder, { recursive: true, force: true });
}

function run(command: string, args: readonly string[]): void {
  execFileSync(command, args, { stdio: 'pipe' });
}
