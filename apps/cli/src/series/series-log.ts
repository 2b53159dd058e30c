import { FluidscopeError } from '@fluidscope/errors';
import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { z } from 'zod';
import { runFiguresSchema } from './run-figures.js';

const slot = z.int().min(0);
const timeMs = z.number();

const entrySchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('series'),
    version: z.literal(1),
    started_ms: timeMs,
    every_ms: z.number().positive(),
    for_ms: z.number().positive(),
    /** Hash of what is run: a series goes on only with the same. */
    config_key: z.string(),
  }),
  z.object({ kind: z.literal('started'), slot, at_ms: timeMs }),
  z.object({
    kind: z.literal('run'),
    slot,
    at_ms: timeMs,
    ended_ms: timeMs,
    trace: z.string(),
    figures: runFiguresSchema,
  }),
  z.object({ kind: z.literal('failed'), slot, at_ms: timeMs, ended_ms: timeMs, reason: z.string() }),
  z.object({
    kind: z.literal('missed'),
    slot,
    reason: z.enum(['run_in_progress', 'not_running']),
  }),
  z.object({ kind: z.literal('removed'), slot }),
]);

/** One line of a series file: what happened to a slot. A slot's last entry but `removed` is its outcome. */
export type SeriesEntry = z.infer<typeof entrySchema>;
export type SeriesHead = Extract<SeriesEntry, { kind: 'series' }>;

/** A series file: lines of JSON that are only ever added, each on the disk before its slot counts as done. */
export class SeriesLog {
  readonly #path: string;
  readonly entries: SeriesEntry[];

  private constructor(path: string, entries: SeriesEntry[]) {
    this.#path = path;
    this.entries = entries;
  }

  /** The file's entries; none where there is no file. A last line that was cut short is left out, and taken away by the next entry. */
  static open(path: string): SeriesLog {
    const text = readIfThere(path);
    const lines = text.split('\n');
    const cutShort = lines.pop() ?? '';
    const log = new SeriesLog(
      path,
      lines.map((line, index) => parseEntry(line, `${path}:${index + 1}`)),
    );
    if (cutShort !== '') log.#rewrite();
    return log;
  }

  get head(): SeriesHead | undefined {
    const [first] = this.entries;
    return first?.kind === 'series' ? first : undefined;
  }

  append(entry: SeriesEntry): void {
    this.entries.push(entry);
    writeDurably(this.#path, 'a', `${JSON.stringify(entry)}\n`);
  }

  #rewrite(): void {
    writeDurably(this.#path, 'w', this.entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
  }
}

function parseEntry(line: string, place: string): SeriesEntry {
  const parsed = entrySchema.safeParse(parseJson(line));
  if (parsed.success) return parsed.data;
  throw new FluidscopeError(`Expected an entry of a series for ${place} but received ${line.slice(0, 80)}`, {
    code: 'series.wrong-shape',
    hint: 'Name another folder with --output, or mend the line by hand.',
  });
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return '';
    throw thrown;
  }
}

function writeDurably(path: string, flag: 'a' | 'w', text: string): void {
  const file = openSync(path, flag);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
