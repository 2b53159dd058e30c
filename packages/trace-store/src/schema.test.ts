import { requestIdOf } from '@fluidscope/trace-schema';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { TRACE_VIEWS } from './schema.js';
import { query } from './testing/query.js';
import { requestStart } from './testing/records.js';
import { writeTrace } from './testing/written-trace.js';

const REPOSITORY = new URL('../../../', import.meta.url);
const DOCUMENT = fileURLToPath(new URL('docs/trace-format.md', REPOSITORY));
const DESIGN = fileURLToPath(new URL('../shared/design.md', REPOSITORY));

describe('the views of a trace', () => {
  it('have the columns they are documented with', async () => {
    const path = await writeTrace(() => {});
    const described = await query(
      path,
      "SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE database_name = 'trace' AND schema_name = 'main' ORDER BY table_name, column_index",
    );
    const expected = TRACE_VIEWS.toSorted((a, b) => (a.name < b.name ? -1 : 1)).flatMap(({ name, columns }) =>
      columns.map((column) => ({ table_name: name, column_name: column.name, data_type: column.type })),
    );
    expect(described).toEqual(expected);
  });

  it.each(TRACE_VIEWS.map((view) => [view.name, view] as const))(
    '%s is documented for users',
    (name, view) => {
      const documented = tableRows(readFileSync(DOCUMENT, 'utf8'), `## ${name}`);
      const expected = view.columns.map(({ name: column, type, meaning, nullWhen }) => [
        `\`${column}\``,
        type,
        meaning,
        nullWhen ?? 'never',
      ]);
      expect(documented).toEqual(expected);
    },
  );

  it.skipIf(!existsSync(DESIGN))('have every column of the design', () => {
    const promised = tableRows(readFileSync(DESIGN, 'utf8'), '**Trace file**');
    expect(promised.length).toBeGreaterThan(0);
    for (const [name = '', columns = ''] of promised) {
      const view = TRACE_VIEWS.find((candidate) => `\`${candidate.name}\`` === name);
      const names = columns
        .replaceAll(/\([^)]*\)/g, '')
        .split(',')
        .map((column) => column.trim());
      expect(view?.columns.map((column) => column.name)).toEqual(expect.arrayContaining(names));
    }
  });
});

if (!existsSync(DESIGN))
  console.warn('Not tested here: the views against the design, for ../shared/design.md is not there');

it('names requests as the TypeScript function does', async () => {
  const indexes = [0, 5, 99_999, 999_999, 1_000_000, 1_234_567, 4_294_967_295];
  const path = await writeTrace((writer) => {
    writer.appendRequestStarts(indexes.map((requestIndex) => requestStart({ requestIndex })));
  });
  const rows = await query(path, 'SELECT request_id FROM requests ORDER BY request_index');
  expect(rows.map(({ request_id }) => request_id)).toEqual(indexes.map(requestIdOf));
});

it('reads the same beside another trace', async () => {
  const path = await writeTrace((writer) => writer.appendRequestStarts([requestStart({ requestIndex: 8 })]));
  const other = await writeTrace((writer) => writer.appendRequestStarts([requestStart({ requestIndex: 9 })]));
  const both = `ATTACH '${other}' AS other (READ_ONLY); FROM other.requests SELECT request_id UNION ALL FROM trace.requests SELECT request_id`;
  expect(await query(path, both)).toEqual([{ request_id: 'r000009' }, { request_id: 'r000008' }]);
});

/** The cells of the first Markdown table after `heading`, without its two header rows. */
function tableRows(text: string, heading: string): readonly (readonly string[])[] {
  const lines = text.slice(text.indexOf(heading)).split('\n');
  const from = lines.findIndex((line) => line.startsWith('|'));
  const to = lines.findIndex((line, index) => index > from && !line.startsWith('|'));
  return lines.slice(from + 2, to).map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  );
}
