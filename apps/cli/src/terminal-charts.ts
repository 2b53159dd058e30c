import type { AskedDeadlines } from '@fluidscope/diagnosis';
import { chartBinsCount, formatCharts, judgedByDeadlines, readChartData } from '@fluidscope/report';
import type { TraceReader } from '@fluidscope/trace-schema';
import { openTraceReader } from '@fluidscope/trace-store';
import type { CliContext } from './cli-context.js';
import { terminalColumns } from './terminal-columns.js';

/** Whether the terminal's locale shows no more than ASCII; by the first of these that says anything. */
export function isAsciiTerminal({ env }: Pick<CliContext, 'env'>): boolean {
  const locale = [env['LC_ALL'], env['LC_CTYPE'], env['LANG']].find(
    (name) => name !== undefined && name !== '',
  );
  return locale === undefined || !/utf-?8/i.test(locale);
}

/** The charts under a verdict, an empty line before them; nothing where nobody looks: a pipe or a file has no terminal. */
export async function chartsText(reader: TraceReader, context: CliContext): Promise<string> {
  if (context.stdout.isTTY !== true) return '';
  const columns = terminalColumns(context);
  const data = await readChartData(reader, chartBinsCount(columns));
  return data === undefined ? '' : `\n${formatCharts(data, { columns, isAscii: isAsciiTerminal(context) })}`;
}

/** `chartsText` of a trace file, by other deadlines than its run's where they are asked for. */
export async function chartsOfFile(
  path: string,
  context: CliContext,
  asked: AskedDeadlines = {},
): Promise<string> {
  if (context.stdout.isTTY !== true) return '';
  const reader = await openTraceReader(path);
  try {
    const isAsked = (asked.ttftDeadlineNs ?? asked.tbtDeadlineNs) !== undefined;
    return await chartsText(isAsked ? judgedByDeadlines(reader, asked) : reader, context);
  } finally {
    await reader.close();
  }
}
