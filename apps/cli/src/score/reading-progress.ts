import type { CliContext } from '../cli-context.js';

const CLEAR_LINE = '\r\u001b[2K';
const BAR_WIDTH_COUNT = 20;
const FIRST_SHOWN_MS = 2_000;
const RENEWED_MS = 100;

export interface ReadingProgress {
  readonly totalBytes: number;
  readonly stderr: CliContext['stderr'];
  /** Any clock in milliseconds. */
  nowMs(): number;
}

/** Passes lines on and shows on a terminal, from the second second, how much of the file they are. */
export function* showingProgress(lines: Iterable<string>, progress: ReadingProgress): Generator<string> {
  const { totalBytes, stderr } = progress;
  let nextMs = progress.nowMs() + FIRST_SHOWN_MS;
  let readBytes = 0;
  let isShown = false;
  try {
    for (const line of lines) {
      yield line;
      readBytes += Buffer.byteLength(line) + 1;
      const nowMs = progress.nowMs();
      if (nowMs < nextMs) continue;
      stderr.write(`${CLEAR_LINE}${barText(Math.min(1, readBytes / totalBytes))} reading`);
      nextMs = nowMs + RENEWED_MS;
      isShown = true;
    }
  } finally {
    if (isShown) stderr.write(CLEAR_LINE);
  }
}

/** `[=====               ]`. */
function barText(doneRatio: number): string {
  const filled = Math.floor(doneRatio * BAR_WIDTH_COUNT);
  return `[${'='.repeat(filled)}${' '.repeat(BAR_WIDTH_COUNT - filled)}]`;
}
