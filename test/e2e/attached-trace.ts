import { DuckDBInstance } from '@duckdb/node-api';

/** A trace as an outsider reads it: by DuckDB alone. */
export interface AttachedTrace {
  rows<Row>(sql: string): Promise<readonly Row[]>;
  close(): void;
}

export async function attachTrace(path: string): Promise<AttachedTrace> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await connection.run(`ATTACH '${path}' AS trace (READ_ONLY); USE trace`);
  return {
    rows: async <Row>(sql: string) =>
      (await connection.runAndReadAll(sql)).getRowObjects() as unknown as readonly Row[],
    close() {
      connection.closeSync();
      instance.closeSync();
    },
  };
}
