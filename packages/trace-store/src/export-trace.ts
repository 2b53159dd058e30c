import { UsageError } from '@fluidscope/errors';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { exportView, type ExportFormat, type ExportTarget } from './export-view.js';
import { openTraceDatabase } from './open-trace-reader.js';
import { TRACE_VIEW_NAMES, TRACE_VIEWS } from './schema.js';
import { storageError } from './storage-errors.js';

export interface ExportOptions {
  /** Created when it does not exist. Each view becomes one file in it, named after the view and the format. */
  readonly folder: string;
  readonly format: ExportFormat;
  /** Names from `TRACE_VIEW_NAMES`. Default: all of them. */
  readonly views?: readonly string[];
  /** Replaces files that exist. Default: false, any file that exists is an error before anything is written. */
  readonly overwrite?: boolean;
  /** Called when a view is begun and about ten times a second while it is written. */
  readonly onProgress?: (progress: ExportProgress) => void;
  /** Stops the export: files that are whole stay, the one being written is removed. */
  readonly signal?: AbortSignal;
}

export interface ExportProgress {
  readonly view: string;
  readonly viewIndex: number;
  readonly viewsCount: number;
  /** Share of this view that is done. */
  readonly doneRatio: number;
}

export interface ExportedFile {
  readonly view: string;
  readonly path: string;
  readonly rowsCount: number;
}

/**
 * Writes views of the trace at `path` to files that other programs read, their rows in the order of `View.orderBy`. A file
 * appears under its name when it is whole.
 *
 * Throws a `FluidscopeError`: those of `openTraceReader`, and `export.unknown-view`, `export.exists`, `export.interrupted`,
 * `export.disk-full`, `export.not-permitted` or `export.failed`.
 */
export async function exportTrace(path: string, options: ExportOptions): Promise<readonly ExportedFile[]> {
  const targets = targetsOf(options);
  const database = await openTraceDatabase(path, resolve(options.folder));
  try {
    if (options.overwrite !== true) refuseExisting(targets);
    await makeFolder(options.folder);
    const files: ExportedFile[] = [];
    for (const [viewIndex, target] of targets.entries()) {
      const progress = { view: target.view.name, viewIndex, viewsCount: targets.length };
      const rowsCount = await exportView(database, target, {
        signal: options.signal,
        onDoneRatio: (doneRatio) => options.onProgress?.({ ...progress, doneRatio }),
      });
      files.push({ view: target.view.name, path: target.path, rowsCount });
    }
    return files;
  } finally {
    database.close();
  }
}

function targetsOf({ folder, format, views = TRACE_VIEW_NAMES }: ExportOptions): readonly ExportTarget[] {
  const unknown = views.filter((name) => !TRACE_VIEW_NAMES.includes(name));
  if (unknown.length > 0) {
    const problems = unknown.map(
      (name) => `expected one of ${TRACE_VIEW_NAMES.join(', ')} but received "${name}"`,
    );
    throw new UsageError(problems, { code: 'export.unknown-view' });
  }
  const wanted = TRACE_VIEWS.filter(({ name }) => views.includes(name));
  return wanted.map((view) => ({ view, format, path: join(folder, `${view.name}.${format}`) }));
}

function refuseExisting(targets: readonly ExportTarget[]): void {
  const existing = targets.filter(({ path }) => existsSync(path));
  if (existing.length === 0) return;
  throw new UsageError(
    existing.map(({ path }) => `Expected a new file for the export but ${path} exists`),
    { code: 'export.exists', hint: 'Give another folder with -o, or replace the files with --force.' },
  );
}

/** Where it fails, the plain call says why: the recursive one says ENOENT for a file system that is read-only. */
async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true }).catch(() => mkdir(folder));
  } catch (thrown) {
    throw storageError(thrown, {
      subject: 'export',
      path: folder,
      code: 'failed',
      message: `Cannot create the folder ${folder}`,
      hint: 'Give another folder with -o.',
    });
  }
}
