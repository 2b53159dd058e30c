import { UsageError } from '@fluidscope/errors';
import { describeValue } from '../schema-problems.js';
import type { DatasetRow } from '../spec.js';
import { parseAzureCsv } from './azure-csv.js';
import { parseEtalonCsv } from './etalon-csv.js';
import { parseJson } from './json-lines.js';
import { parseMessagesJsonl } from './messages-jsonl.js';
import { parseMooncakeJsonl } from './mooncake-jsonl.js';
import { RowProblems } from './row-problems.js';
import { parseShareGptJson } from './sharegpt-json.js';
import { offsetRows, type TimedRow } from './timed-rows.js';

export const DATASET_FORMATS = ['azure', 'mooncake', 'etalon', 'sharegpt', 'messages'] as const;
export type DatasetFormat = (typeof DATASET_FORMATS)[number];

export interface Dataset {
  readonly format: DatasetFormat;
  /** In order of time where the format has times, in the file's order where it has not; at least one. */
  readonly rows: readonly DatasetRow[];
  /** Entries that are well-formed and no request: ShareGPT conversations without a question and its answer. */
  readonly skippedCount: number;
}

/**
 * Reads a data set from its whole text. `auto` tells the format by the first line. Throws a `UsageError` that names every
 * bad row (to a limit) with what was expected and what came; nothing is repaired or left out in silence.
 */
export function parseDataset(
  text: string,
  format: DatasetFormat | 'auto' = 'auto',
  sourceName = 'the data set',
): Dataset {
  const content = text.startsWith('\uFEFF') ? text.slice(1) : text;
  const knownFormat = format === 'auto' ? detectFormat(content, sourceName) : format;
  const problems = new RowProblems(sourceName);
  const { rows, skippedCount } = parseRows(content, knownFormat, problems);
  const ordered = offsetRows(rows, problems);
  problems.throwIfAny();
  if (ordered.length === 0) {
    throw new UsageError(
      [`Expected at least one request in ${sourceName} (${knownFormat}) but received none`],
      {
        code: 'workload.dataset',
      },
    );
  }
  return { format: knownFormat, rows: ordered, skippedCount };
}

function parseRows(
  text: string,
  format: DatasetFormat,
  problems: RowProblems,
): { readonly rows: readonly TimedRow[]; readonly skippedCount: number } {
  switch (format) {
    case 'azure':
      return { rows: parseAzureCsv(text, problems), skippedCount: 0 };
    case 'mooncake':
      return { rows: parseMooncakeJsonl(text, problems), skippedCount: 0 };
    case 'etalon':
      return { rows: parseEtalonCsv(text, problems), skippedCount: 0 };
    case 'sharegpt':
      return parseShareGptJson(text, problems);
    case 'messages':
      return { rows: parseMessagesJsonl(text, problems), skippedCount: 0 };
  }
}

function detectFormat(text: string, sourceName: string): DatasetFormat {
  const firstLine = text.trimStart().split('\n', 1)[0]?.trim() ?? '';
  const format = formatOfFirstLine(firstLine);
  if (format !== undefined) return format;
  const received = firstLine === '' ? 'nothing' : describeValue(firstLine);
  throw new UsageError(
    [
      `Expected ${sourceName} to begin as azure (TIMESTAMP,ContextTokens,GeneratedTokens), mooncake ({"timestamp", "input_length", ...}), etalon (num_prefill_tokens,num_decode_tokens), sharegpt ([{"conversations": ...}]) or messages ({"messages": ...} or {"prompt": ...}) but received ${received}`,
    ],
    { code: 'workload.dataset', hint: 'Name the format, or convert the file to one of these.' },
  );
}

function formatOfFirstLine(line: string): DatasetFormat | undefined {
  if (line.startsWith('[')) return 'sharegpt';
  if (!line.startsWith('{')) {
    if (line.includes('ContextTokens')) return 'azure';
    return line.includes('num_prefill_tokens') ? 'etalon' : undefined;
  }
  const parsed = parseJson(line);
  const keys = 'json' in parsed && typeof parsed.json === 'object' ? Object.keys(parsed.json ?? {}) : [];
  if (keys.includes('input_length')) return 'mooncake';
  return keys.includes('messages') || keys.includes('prompt') ? 'messages' : undefined;
}
