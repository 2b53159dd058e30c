import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export interface TemporaryWorkspace extends Disposable {
  readonly root: string;
}

/** A git checkout in a temporary folder with `files` in it: texts as they are, anything else as JSON. */
export function temporaryWorkspace(files: Readonly<Record<string, unknown>>): TemporaryWorkspace {
  const root = mkdtempSync(join(tmpdir(), 'fluidscope-gates-'));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), typeof content === 'string' ? content : JSON.stringify(content));
  }
  spawnSync('git', ['init', '--quiet'], { cwd: root });
  return { root, [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }) };
}
