import type { ExportProgress } from '@fluidscope/trace-store';
import type { CliContext } from './cli-context.js';

const CLEAR_LINE = '\r\u001b[2K';
const BAR_WIDTH_COUNT = 20;

/** How an export stands, as one line that renews itself; on a terminal only, for elsewhere it would be noise. */
export class ExportProgressLine {
  readonly #stderr: CliContext['stderr'] | undefined;

  constructor(stderr: CliContext['stderr'] | undefined) {
    this.#stderr = stderr?.isTTY === true ? stderr : undefined;
  }

  show(progress: ExportProgress): void {
    this.#stderr?.write(`${CLEAR_LINE}${exportProgressText(progress)}`);
  }

  showStage(stage: string, doneRatio: number): void {
    this.#stderr?.write(`${CLEAR_LINE}${barText(doneRatio)} ${stage}`);
  }

  /** Leaves the cursor on an empty line. */
  end(): void {
    this.#stderr?.write(CLEAR_LINE);
  }
}

/** `[=====               ] chunks (3 of 11)`. */
export function exportProgressText({ view, viewIndex, viewsCount, doneRatio }: ExportProgress): string {
  return `${barText((viewIndex + doneRatio) / viewsCount)} ${view} (${viewIndex + 1} of ${viewsCount})`;
}

function barText(doneRatio: number): string {
  const filledCount = Math.floor(doneRatio * BAR_WIDTH_COUNT);
  return `[${'='.repeat(filledCount)}${' '.repeat(BAR_WIDTH_COUNT - filledCount)}]`;
}
