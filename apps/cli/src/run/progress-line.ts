import type { ProgressSnapshot } from '@fluidscope/harness';
import { formatDuration, NS_PER_S } from '@fluidscope/units';
import type { CliContext } from '../cli-context.js';

const CLEAR_LINE = '\r\u001b[2K';
const BAR_WIDTH_COUNT = 20;

/**
 * How the run stands, on stderr: one line that renews itself on a terminal, a line every ten seconds elsewhere.
 * `end` leaves the cursor on a fresh line.
 */
export class ProgressLine {
  readonly #stderr: CliContext['stderr'];
  #shown = false;
  #lastPlainNs = -Infinity;

  constructor(stderr: CliContext['stderr']) {
    this.#stderr = stderr;
  }

  show(snapshot: ProgressSnapshot): void {
    if (this.#stderr.isTTY === true) {
      const text = progressText(snapshot).slice(0, (this.#stderr.columns ?? 80) - 1);
      this.#stderr.write(`${CLEAR_LINE}${text}`);
      this.#shown = true;
    } else if (snapshot.atNs - this.#lastPlainNs >= 10 * NS_PER_S) {
      this.#stderr.write(`${progressText(snapshot)}\n`);
      this.#lastPlainNs = snapshot.atNs;
    }
  }

  /** A line that stays, above the one that renews itself. */
  tell(text: string): void {
    this.end();
    this.#stderr.write(`${text}\n`);
  }

  end(): void {
    if (this.#shown) this.#stderr.write(CLEAR_LINE);
    this.#shown = false;
  }
}

/** `[=====>    ] 12 s  120 sent 9.9/s (asked 10.0)  14 in flight  0 errors  TTFT p50 92 ms p99 210 ms  fluidity 0.994`. */
export function progressText(snapshot: ProgressSnapshot): string {
  const { stage, recentTtftP50Ns, recentTtftP99Ns, fluidityMeanIndex } = snapshot;
  const asked = snapshot.askedPerS === undefined ? '' : ` (asked ${snapshot.askedPerS.toFixed(1)})`;
  const parts = [
    barText(snapshot),
    stage === 'measured' ? '' : `${stage}:`,
    `${Math.floor(snapshot.elapsedNs / NS_PER_S)} s`,
    `${snapshot.sentCount} sent ${snapshot.sentPerS.toFixed(1)}/s${asked}`,
    `${snapshot.inFlightCount} in flight`,
    snapshot.queuedCount > 0 ? `${snapshot.queuedCount} queued` : '',
    `${snapshot.failedCount} errors`,
    `${snapshot.outputTokensPerS.toFixed(0)} tokens/s`,
    recentTtftP50Ns === undefined || recentTtftP99Ns === undefined
      ? ''
      : `TTFT p50 ${formatDuration(recentTtftP50Ns)} p99 ${formatDuration(recentTtftP99Ns)}`,
    fluidityMeanIndex === undefined ? '' : `fluidity ${fluidityMeanIndex.toFixed(3)}`,
  ];
  return parts.filter((part) => part !== '').join('  ');
}

/** Share of the load done, by time or by requests, whichever bounds it; nothing where neither does. */
function barText(snapshot: ProgressSnapshot): string {
  const { durationNs: lengthNs, plannedCount } = snapshot;
  const ended = snapshot.okCount + snapshot.failedCount + snapshot.cancelledCount;
  const timeRatio = lengthNs === undefined || lengthNs === 0 ? undefined : snapshot.elapsedNs / lengthNs;
  const countRatio = plannedCount === undefined || plannedCount === 0 ? undefined : ended / plannedCount;
  if (timeRatio === undefined && countRatio === undefined) return '';
  const share = Math.min(1, Math.max(timeRatio ?? 0, countRatio ?? 0));
  const filled = Math.round(share * BAR_WIDTH_COUNT);
  return `[${'='.repeat(filled)}${' '.repeat(BAR_WIDTH_COUNT - filled)}]`;
}
