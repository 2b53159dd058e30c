import { FluidscopeError } from '@fluidscope/errors';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { cellResultSchema, type CellResult } from './cell-answer.js';

const fileSchema = z.object({
  version: z.literal(1),
  cells: z.record(z.string(), z.object({ name: z.string(), result: cellResultSchema })),
});

/** The answers of a matrix, on the disk as soon as each is there: a kill costs the cell that was searched, no other. */
export class MatrixResults {
  readonly #path: string;
  readonly #cells: Map<string, { readonly name: string; readonly result: CellResult }>;

  private constructor(path: string, cells: z.infer<typeof fileSchema>['cells']) {
    this.#path = path;
    this.#cells = new Map(Object.entries(cells));
  }

  /** Empty where there is no file. */
  static open(path: string): MatrixResults {
    const text = readIfThere(path);
    if (text === undefined) return new MatrixResults(path, {});
    const parsed = fileSchema.safeParse(parseJson(text));
    if (parsed.success) return new MatrixResults(path, parsed.data.cells);
    throw new FluidscopeError(`Expected the results of a matrix for ${path} but received something else`, {
      code: 'matrix.wrong-results',
      hint: 'Name another folder with --output, or remove the file.',
    });
  }

  get(key: string): CellResult | undefined {
    return this.#cells.get(key)?.result;
  }

  /** Written beside the file and moved over it: it is whole at any instant. */
  set(key: string, name: string, result: CellResult): void {
    this.#cells.set(key, { name, result });
    const content = { version: 1, cells: Object.fromEntries(this.#cells) };
    writeFileSync(`${this.#path}.part`, `${JSON.stringify(content, undefined, 2)}\n`, { flush: true });
    renameSync(`${this.#path}.part`, this.#path);
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return undefined;
    throw thrown;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
