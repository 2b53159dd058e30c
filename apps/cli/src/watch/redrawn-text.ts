import type { CliContext } from '../cli-context.js';

const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';
const CLEAR_BELOW = '\u001b[J';
const UNKNOWN_COLUMNS = 120;

/**
 * Text that replaces itself on a terminal; elsewhere each text follows the one before it after an empty line. Lines are cut to the
 * terminal's width, for a wrapped line would be counted as one and leave a trace behind; and what is higher than the terminal is cut to
 * its height, for the cursor cannot go back to a line that has scrolled away.
 */
export class RedrawnText implements Disposable {
  readonly #stdout: CliContext['stdout'];
  #linesCount = 0;
  #isDrawn = false;

  constructor(stdout: CliContext['stdout']) {
    this.#stdout = stdout;
  }

  /** Characters on a line; without end where there is no terminal. */
  get widthCount(): number {
    if (this.#stdout.isTTY !== true) return Infinity;
    // A terminal that does not know its size says 0.
    const { columns = 0 } = this.#stdout;
    return columns > 0 ? columns : UNKNOWN_COLUMNS;
  }

  /** One line less than the terminal has: the cursor stands below the text. */
  get #heightCount(): number {
    const { rows = 0 } = this.#stdout;
    return rows > 1 ? rows - 1 : Infinity;
  }

  draw(text: string): void {
    const isTerminal = this.#stdout.isTTY === true;
    if (!isTerminal) {
      this.#stdout.write(this.#isDrawn ? `\n${text}` : text);
    } else {
      const width = this.widthCount;
      const lines = cutTo(text.trimEnd().split('\n'), this.#heightCount);
      const up = this.#linesCount === 0 ? '' : `\u001b[${this.#linesCount}A`;
      const body = lines.map((each) => `${[...each].slice(0, width).join('')}\n`).join('');
      this.#stdout.write(`${this.#isDrawn ? '' : HIDE_CURSOR}${up}\r${CLEAR_BELOW}${body}`);
      this.#linesCount = lines.length;
    }
    this.#isDrawn = true;
  }

  [Symbol.dispose](): void {
    if (this.#isDrawn && this.#stdout.isTTY === true) this.#stdout.write(SHOW_CURSOR);
  }
}

function cutTo(lines: readonly string[], heightCount: number): readonly string[] {
  if (lines.length <= heightCount) return lines;
  const shown = lines.slice(0, Math.max(0, heightCount - 1));
  return [...shown, `… ${lines.length - shown.length} more lines: make the terminal higher, or use --json`];
}
