import type { Command } from 'commander';
import type { CliContext } from '../cli-context.js';
import { exportForeign, FOREIGN_FORMATS, type ForeignFormat } from '../export/foreign-formats.js';
import type { WrittenFile } from '../export/write-pieces.js';
import type { FlagReader } from '../flag-reader.js';
import type { RunConfig } from './run-config.js';

export interface RunExportFlags {
  readonly exportFormat?: string;
}

export function addRunExportFlag(command: Command): void {
  command.option(
    '--export-format <name>',
    `also write the run for another tool (${FOREIGN_FORMATS.join(', ')}) into a folder beside the trace, as "fluidscope export" does`,
  );
}

export function readExportFormat(
  reader: FlagReader,
  { exportFormat }: RunExportFlags,
): ForeignFormat | undefined {
  return exportFormat === undefined
    ? undefined
    : reader.choice('--export-format', exportFormat, FOREIGN_FORMATS);
}

/** `run.duckdb` becomes the folder `run-vllm`. Files of an earlier run are replaced: the trace itself was, or is new. */
export async function exportRun(
  tracePath: string,
  { exportFormat, slo }: Pick<RunConfig, 'exportFormat' | 'slo'>,
  context: CliContext,
): Promise<readonly WrittenFile[]> {
  if (exportFormat === undefined) return [];
  return exportForeign(tracePath, {
    format: exportFormat,
    folder: `${tracePath.replace(/\.duckdb$/, '')}-${exportFormat}`,
    mayReplace: true,
    slo,
    signal: context.interruptedAgain,
  });
}
