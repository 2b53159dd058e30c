import { existsSync } from 'node:fs';

/** Whether the packages are built: worker threads and programs of their own run that, not the sources. */
export const isBuilt = existsSync(
  new URL('../../packages/harness/dist/workers/load-worker.js', import.meta.url),
);

if (!isBuilt)
  console.log('Skipped what runs in threads and processes of its own: the packages are not built.');
